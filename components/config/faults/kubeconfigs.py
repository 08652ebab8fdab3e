"""The kubeconfigs in the stack config: read, and checked against each other."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...kubeconfig.document import Kubeconfig, read_file, read_text
from ...kubeconfig.merge import conflicts
from ...kubeconfig.problem import KubeconfigError
from .drafts import Draft
from .fault import Fault, key_path
from .from_pydantic import shown

# Two clusters in which all of these are equal are one cluster.
_IDENTITY = ("server", "proxy-url", "tls-server-name", "certificate-authority-data")


@dataclass(frozen=True, slots=True)
class _Place:
    """The two keys of a section that may have a kubeconfig: a path, or the content."""

    section: str
    whose: str
    raw: Mapping[str, object]
    parts: tuple[str | int, ...]
    path_key: str = "kubeconfig"
    content_key: str = "kubeconfigContent"

    @property
    def given(self) -> list[str]:
        return [key for key in (self.path_key, self.content_key) if self.raw.get(key) is not None]

    @property
    def allowed(self) -> str:
        return f"either {self.path_key} (a path) or {self.content_key} (a secret)"

    def key(self, name: str) -> str:
        return key_path(*self.parts, name)

    def text(self, key: str) -> str | None:
        value = self.raw.get(key)
        return value if isinstance(value, str) else None


def read_all(
    clusters: Sequence[Draft], project_dir: Path
) -> tuple[dict[int, Kubeconfig], list[Fault]]:
    """Return every readable kubeconfig by cluster index, and the faults of the others."""
    documents: dict[int, Kubeconfig] = {}
    faults: list[Fault] = []
    for cluster in clusters:
        if cluster.is_made:
            faults += _idle(cluster)
            continue
        place = _Place("the cluster", "the cluster's", cluster.raw, ("clusters", cluster.index))
        document, found = _read(place, project_dir)
        faults += found
        if document is not None:
            documents[cluster.index] = document
    faults += _same_cluster(clusters, documents)
    faults += _taken_names(clusters, documents)
    return documents, faults


def read_management(
    section: object, clusters: Sequence[Draft], project_dir: Path
) -> tuple[Kubeconfig | None, list[Fault]]:
    """Read the kubeconfig of the management cluster, if a cluster is made through it."""
    if not any(cluster.is_made for cluster in clusters):
        return None, []
    if section is not None and not isinstance(section, Mapping):
        return None, []
    keys = ("managementKubeconfig", "managementKubeconfigContent")
    raw = section or {}
    return _read(_Place("kubean", "the management cluster's", raw, ("kubean",), *keys), project_dir)


def _idle(cluster: Draft) -> Iterator[Fault]:
    for key in ("kubeconfig", "kubeconfigContent", "context"):
        if cluster.raw.get(key) is not None:
            yield Fault(
                cluster.path(key),
                "it is set, but Kubean makes the cluster, and its kubeconfig comes from there",
                "either kubean, or the kubeconfig of an existing cluster",
                "remove it, or remove kubean",
            )


def _read(place: _Place, project_dir: Path) -> tuple[Kubeconfig | None, list[Fault]]:
    given = place.given
    if len(given) != 1:
        return None, [_neither_or_both(place)]
    text, context = place.text(given[0]), place.text("context")
    if text is None or (context is None and place.raw.get("context") is not None):
        # A value of the wrong type; the models report it.
        return None, []
    try:
        if given[0] == place.content_key:
            return read_text(text, context), []
        if "\n" in text:
            return None, [_content_as_path(place)]
        return read_file(_absolute(text, project_dir), context), []
    except KubeconfigError as error:
        return None, list(_faults(place, given[0], error))


def _neither_or_both(place: _Place) -> Fault:
    keys = (place.path_key, place.content_key)
    if place.given:
        text = f"{place.section} has both {' and '.join(keys)}"
        return Fault(place.key(place.content_key), text, place.allowed, "remove one of them")
    return Fault(
        place.key(place.path_key),
        f"{place.section} has neither {' nor '.join(keys)}",
        place.allowed,
        f"add the path of {place.whose} admin kubeconfig",
    )


def _content_as_path(place: _Place) -> Fault:
    return Fault(
        place.key(place.path_key),
        "this is the content of a file, not its path",
        place.allowed,
        f"move it to {place.content_key} with `pulumi config set --secret --path`",
    )


def _absolute(text: str, project_dir: Path) -> Path:
    path = Path(text)
    # RuntimeError: there is no such user; ValueError: no user can have that name. Reading the path
    # then reports that there is no such file.
    with contextlib.suppress(RuntimeError, ValueError):
        path = path.expanduser()
    return project_dir / path


def _faults(place: _Place, key: str, error: KubeconfigError) -> Iterator[Fault]:
    for problem in error.problems:
        at = "context" if problem.about_context else key
        value = None if at == place.content_key else place.text(at)
        yield Fault(
            place.key(at),
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
            yield _of_kubeconfig(
                cluster,
                f"it leads to the same API server as the kubeconfig of {other.label}",
                "a kubeconfig and context that lead to this cluster and to no other",
                "use this cluster's own kubeconfig, or its context",
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
            yield _of_kubeconfig(
                cluster,
                f"under {section} it already has a {name!r}, which leads elsewhere",
                "entries with a member's name only if they lead to that member",
                f"rename that entry in the kubeconfig: {name} is the member's name",
            )


def _of_kubeconfig(cluster: Draft, problem: str, allowed: str, remedy: str) -> Fault:
    path = cluster.text("kubeconfig")
    key = cluster.path("kubeconfig" if path else "kubeconfigContent")
    return Fault(key, problem, allowed, remedy, shown(path) if path else None)
