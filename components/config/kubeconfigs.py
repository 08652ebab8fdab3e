"""The kubeconfigs that the stack config points to: read, and checked against each other."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from components.config.drafts import Draft
from components.config.faults import Fault
from components.config.pydantic_faults import shown
from components.kubeconfig.document import Kubeconfig, read_file, read_text
from components.kubeconfig.merge import conflicts
from components.kubeconfig.problem import KubeconfigError

_ALLOWED = "either kubeconfig (a path) or kubeconfigContent (a secret)"
# Two clusters with the same of all these are one cluster.
_IDENTITY = ("server", "proxy-url", "tls-server-name", "certificate-authority-data")


def read_all(
    clusters: Sequence[Draft], project_dir: Path
) -> tuple[dict[int, Kubeconfig], list[Fault]]:
    """Read every kubeconfig that can be read, by cluster index, and say why the others cannot."""
    documents: dict[int, Kubeconfig] = {}
    faults: list[Fault] = []
    for cluster in clusters:
        document, found = _read(cluster, project_dir)
        faults += found
        if document is not None:
            documents[cluster.index] = document
    faults += _same_cluster(clusters, documents)
    faults += _taken_names(clusters, documents)
    return documents, faults


def _read(cluster: Draft, project_dir: Path) -> tuple[Kubeconfig | None, list[Fault]]:
    given = [key for key in ("kubeconfig", "kubeconfigContent") if cluster.raw.get(key) is not None]
    if len(given) != 1:
        return None, [_neither_or_both(cluster, given)]
    text, context = cluster.text(given[0]), cluster.text("context")
    if text is None or (context is None and cluster.raw.get("context") is not None):
        # A value of the wrong kind; the models say so.
        return None, []
    try:
        if given[0] == "kubeconfigContent":
            return read_text(text, context), []
        if "\n" in text:
            return None, [_content_as_path(cluster)]
        return read_file(_absolute(text, project_dir), context), []
    except KubeconfigError as error:
        return None, list(_faults(cluster, given[0], error))


def _neither_or_both(cluster: Draft, given: Sequence[str]) -> Fault:
    return Fault(
        cluster.path("kubeconfigContent" if given else "kubeconfig"),
        "the cluster has both kubeconfig and kubeconfigContent"
        if given
        else "the cluster has neither kubeconfig nor kubeconfigContent",
        _ALLOWED,
        "remove one of them" if given else "give the path of the cluster's admin kubeconfig",
    )


def _content_as_path(cluster: Draft) -> Fault:
    return Fault(
        cluster.path("kubeconfig"),
        "this is the content of a file, not its path",
        _ALLOWED,
        "move it to kubeconfigContent with `pulumi config set --secret --path`",
    )


def _absolute(text: str, project_dir: Path) -> Path:
    path = Path(text)
    # RuntimeError: there is no such user; ValueError: no user can be called that. Reading the path
    # says that there is no such file.
    with contextlib.suppress(RuntimeError, ValueError):
        path = path.expanduser()
    return project_dir / path


def _faults(cluster: Draft, key: str, error: KubeconfigError) -> Iterator[Fault]:
    for problem in error.problems:
        at = "context" if problem.about_context else key
        value = None if at == "kubeconfigContent" else cluster.text(at)
        yield Fault(
            cluster.path(at),
            problem.text,
            problem.allowed,
            problem.remedy,
            None if value is None else shown(value),
        )


def _same_cluster(clusters: Sequence[Draft], documents: dict[int, Kubeconfig]) -> Iterator[Fault]:
    first: dict[tuple[str, ...], Draft] = {}
    for cluster in clusters:
        document = documents.get(cluster.index)
        if document is None:
            continue
        identity = tuple(str(document.cluster.get(key)) for key in _IDENTITY)
        other = first.setdefault(identity, cluster)
        if other is not cluster:
            given = "kubeconfig" if cluster.text("kubeconfig") else "kubeconfigContent"
            yield Fault(
                cluster.path(given),
                f"it leads to the same API server as the kubeconfig of {other.label}",
                "a kubeconfig and context that lead to this cluster and to no other",
                "give this cluster's own kubeconfig, or its context",
                shown(cluster.text(given)) if given == "kubeconfig" else None,
            )


def _taken_names(clusters: Sequence[Draft], documents: dict[int, Kubeconfig]) -> Iterator[Fault]:
    members = {
        cluster.name: documents[cluster.index]
        for cluster in clusters
        if cluster.name and cluster.index in documents
    }
    for cluster in clusters:
        if cluster.index not in documents:
            continue
        for section, name in conflicts(documents[cluster.index], members):
            given = "kubeconfig" if cluster.text("kubeconfig") else "kubeconfigContent"
            yield Fault(
                cluster.path(given),
                f"under {section} it already has a {name!r}, which leads elsewhere",
                "entries named after a member of the mesh only where they lead to that member",
                f"rename that entry in the kubeconfig: {name} is to be the member",
                shown(cluster.text(given)) if given == "kubeconfig" else None,
            )
