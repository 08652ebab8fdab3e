"""Checks of several keys of a Cilium release that the program owns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .. import chart
from ..cilium import CiliumInstall, CiliumMember
from ..reserved import value_conflicts
from .drafts import Draft
from .fault import Fault, key_path
from .from_pydantic import shown, valid


@dataclass(frozen=True, slots=True)
class _Owned:
    """A cluster whose Cilium the program owns, and the keys that set its version and chart."""

    cluster: Draft
    version: str | None
    version_key: str
    chart: str
    chart_key: str


def cilium_faults(
    raw: Mapping[str, object], clusters: Sequence[Draft], project_dir: Path
) -> Iterator[Fault]:
    """Yield every fault of keys together; a `cilium` that is invalid by itself is skipped."""
    common = valid(CiliumInstall, raw.get("cilium")) or CiliumInstall()
    yield from _conflicts(partial(key_path, "cilium", "values"), common.values)
    owned: list[_Owned] = []
    for cluster in clusters:
        own = valid(CiliumMember, cluster.raw.get("cilium")) or CiliumMember()
        yield from _conflicts(partial(cluster.path, "cilium", "values"), own.values)
        if common.install if own.install is None else own.install:
            owned.append(_owned(cluster, common, own))
    for one in owned:
        yield from _version(one)
        yield from _made(one.cluster)
        yield from _folder(one, project_dir)
    ca = raw.get("ca")
    if owned and isinstance(ca, Mapping) and ca.get("source") == "mismatched":
        yield Fault(
            key_path("ca", "source"),
            "a release that the program owns cannot have peers with other CAs",
            "firstCluster or config if cilium.install is true",
            "share one CA, or leave Cilium's release to the CLI",
            shown("mismatched"),
        )


def _owned(cluster: Draft, common: CiliumInstall, own: CiliumMember) -> _Owned:
    return _Owned(
        cluster=cluster,
        version=own.version or common.version,
        version_key=_key(cluster, "version", is_own=own.version is not None),
        chart=own.chart or common.chart,
        chart_key=_key(cluster, "chart", is_own=own.chart is not None),
    )


def _key(cluster: Draft, key: str, *, is_own: bool) -> str:
    return cluster.path("cilium", key) if is_own else key_path("cilium", key)


def _conflicts(path: Callable[..., str], values: Mapping[str, object]) -> Iterator[Fault]:
    for place, instead in value_conflicts(values):
        yield Fault(
            path(*place),
            "the program sets this value of the chart itself, for the mesh",
            "any value of Cilium's chart that the program does not set",
            f"remove it and set {instead}" if instead else "remove it",
        )


def _version(owned: _Owned) -> Iterator[Fault]:
    if owned.version is None:
        yield Fault(
            owned.version_key,
            "it is missing with cilium.install true",
            "the version of the chart, such as '1.18.4'",
            "set the version that runs, or the one to be installed",
        )


def _made(cluster: Draft) -> Iterator[Fault]:
    if cluster.is_made:
        yield Fault(
            cluster.path("kubean"),
            "Kubespray installs Cilium in a cluster that Kubean makes, so it is not the program's",
            "cilium.install false for such a cluster",
            "set install: false under cilium of this cluster",
        )


def _folder(owned: _Owned, project_dir: Path) -> Iterator[Fault]:
    if not chart.is_local(owned.chart) or owned.chart.endswith(".tgz"):
        return
    found = chart.version_in(project_dir / owned.chart)
    if found is None:
        yield Fault(
            owned.chart_key,
            "there is no chart in this folder: it has no Chart.yaml with a version",
            "the path of a chart, absolute or relative to the project folder",
            "correct the path, or omit the key for Cilium's own chart",
            shown(owned.chart),
        )
    elif owned.version is not None and not chart.same(found, owned.version):
        yield Fault(
            owned.version_key,
            f"the chart in {owned.chart} is {found}",
            "the version of the chart in that folder",
            f"set it to {found}, or use another chart",
            shown(owned.version),
        )
