"""Evidence from the clusters themselves when the mesh is not whole: a closer look, afterwards."""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from ...cilium import datapath
from ...reachability.status import PeerVerdict, likely_causes
from . import release
from .cli import Cli, CliError, with_kubeconfig
from .step import Step, StepError, likely_cause

_BAD = "❌"


def at_connection(step: Step, verdict: PeerVerdict) -> list[str]:
    """Return what else is known about a missing connection; no failed look hides the others."""
    lines = [*_endpoint(step, verdict), *_certificates(step, verdict)]
    said = _troubleshoot(step, verdict)
    causes = "; or ".join(likely_causes(said))
    return [
        *lines,
        *(f"  KVStoreMesh of {verdict.cluster}: {line}" for line in said),
        *([f"  likely cause: {causes}"] if causes else []),
    ]


def protocol(step: Step, clusters: Iterable[str]) -> str | None:
    """Return how packets go between nodes: vxlan, geneve or native; None if no cluster tells.

    Preflight makes sure that it is the same in every cluster.
    """
    for cluster in clusters:
        try:
            found = step.cli.get(cluster, "configmap", "cilium-config")
        except CliError:
            continue
        if found is not None:
            data = found.get("data") or {}
            tunnels = datapath.routing_mode(data) == "tunnel"
            return datapath.tunnel_protocol(data) if tunnels else "native"
    return None


def _endpoint(step: Step, verdict: PeerVerdict) -> list[str]:
    try:
        found = release.newest(step.cli, verdict.cluster)
    except CliError:
        return []
    if found is None or verdict.peer not in found.peers:
        return [f"  the Helm release of {verdict.cluster} does not list {verdict.peer}"]
    return [f"  {verdict.cluster} reaches {verdict.peer} at {found.peers[verdict.peer]}"]


def _certificates(step: Step, verdict: PeerVerdict) -> list[str]:
    try:
        ours, theirs = (_ca(step, name) for name in (verdict.cluster, verdict.peer))
    except CliError:
        return []
    if ours == theirs:
        return []
    return ["  likely cause: the two clusters have different cilium-ca Secrets"]


def _ca(step: Step, cluster: str) -> str:
    # The certificate alone: a key that is not read cannot be shown.
    arguments = ("get", "secret", "cilium-ca", r"--output=jsonpath={.data.ca\.crt}")
    return hashlib.sha256(step.cli.read(cluster, *arguments).encode()).hexdigest()


def _troubleshoot(step: Step, verdict: PeerVerdict) -> list[str]:
    """Return what KVStoreMesh finds wrong when it tries the connection (Cilium 1.16 and newer)."""
    try:
        said = step.cli.kubectl(
            verdict.cluster,
            "--namespace=kube-system",
            "exec",
            "deployment/clustermesh-apiserver",
            "--container=kvstoremesh",
            "--",
            "clustermesh-apiserver",
            "kvstoremesh-dbg",
            "troubleshoot",
            verdict.peer,
            timeout=30,
        )
    except CliError:
        return []
    return [line.strip().removeprefix(_BAD).strip() for line in said.splitlines() if _BAD in line]


def check_merged_kubeconfig(step: Step, names: Sequence[str]) -> None:
    """Ask every API server for its version; raises StepError with all that did not answer."""
    if "merged" not in step.secrets:
        return
    with (
        with_kubeconfig(step.secrets["merged"], step.cli.request_seconds) as cli,
        ThreadPoolExecutor(max_workers=len(names)) as pool,
    ):
        said = [text for text in pool.map(lambda name: _silence(cli, name), names) if text]
    if said:
        text = "the merged kubeconfig does not reach every cluster, though their own ones do"
        raise StepError("\n  ".join([text, *said]), is_explained=True)


def _silence(cli: Cli, name: str) -> str | None:
    try:
        cli.read(name, "get", "--raw", "/version")
    except CliError as error:
        return f"{name}: {error}{likely_cause(str(error))}"
    return None
