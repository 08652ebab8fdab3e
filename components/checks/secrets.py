"""The preflight check of the secrets in the stack config."""

from collections.abc import Iterator

from ..config.faults.fault import key_path
from .report import MESH, Complaint
from .subject import Subject


def secret_in_clear(subject: Subject) -> Iterator[Complaint]:
    """Every secret in the stack config is encrypted.

    A backend copies the config into its history, file backends too, and nothing removes it there.
    """
    for place in subject.config.exposed:
        key = key_path(*place)
        text = f"{key} is in plain text, and Pulumi's history keeps a copy with every update"
        remedy = (
            f"`pulumi config set --secret --path '{key}' < FILE`, then rotate the credential: the"
            " old one stays in the history, and in version control if the stack file was there"
        )
        index = place[1] if place[0] == "clusters" else None
        name = subject.config.clusters[index].name if isinstance(index, int) else MESH
        yield Complaint(name, text, remedy)
