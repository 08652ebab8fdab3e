"""The health of a lab, as facts and as the table that people see."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rich import box
from rich.table import Table

from lab.cluster import Cluster, is_ready
from lab.errors import LabError


@dataclass(frozen=True)
class ClusterHealth:
    """One cluster's health right now; `problems` is empty if it is healthy."""

    name: str
    id: int
    api_server: str
    pod_cidr: str
    service_cidr: str
    nodes: str
    cilium: str
    problems: str

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def look(clusters: list[Cluster]) -> list[ClusterHealth]:
    """Ask every cluster for its health, in parallel."""
    with ThreadPoolExecutor(len(clusters)) as pool:
        return list(pool.map(_health, clusters))


def render(lab: str, clusters: list[ClusterHealth]) -> Table:
    """The table that `lab status` shows, also at the end of `lab up`."""
    table = Table(
        title=f"lab {lab}",
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for column in ("cluster", "id", "API server", "Pod CIDR", "Service CIDR", "Ready", "Cilium"):
        table.add_column(column, no_wrap=True)
    table.add_column("health", overflow="fold")
    for each in clusters:
        health = "[green]ok[/]" if each.is_healthy else f"[red]{each.problems}[/]"
        cidrs = (each.pod_cidr, each.service_cidr)
        row = (each.name, str(each.id), each.api_server, *cidrs, each.nodes, each.cilium, health)
        table.add_row(*row)
    return table


def _health(cluster: Cluster) -> ClusterHealth:
    nodes, cilium, problems = "-", "-", ""
    down = [node.spec.name for node in cluster.nodes if not node.is_running]
    try:
        ready = [node for node in cluster.client.get("nodes") if is_ready(node)]
        nodes = f"{len(ready)}/{len(cluster.nodes)}"
        cilium = _cilium_version(cluster)
        problems = _problems(cluster, len(ready))
    except LabError as error:
        problems = f"the API server does not answer: {str(error)[-200:]}"
    if down:
        problems = f"down: {', '.join(down)}; `python -m lab up` starts it again"
    spec = cluster.spec
    return ClusterHealth(
        name=spec.name,
        id=spec.id,
        api_server=spec.api_server.removeprefix("https://"),
        pod_cidr=str(spec.pod_cidr),
        service_cidr=str(spec.service_cidr),
        nodes=nodes,
        cilium=cilium,
        problems=problems,
    )


def _problems(cluster: Cluster, ready: int) -> str:
    if ready < len(cluster.nodes):
        return f"{len(cluster.nodes) - ready} node(s) not Ready"
    unready = cluster.unready_pods()
    return f"not Ready: {unready}" if unready else ""


def _cilium_version(cluster: Cluster) -> str:
    (agents,) = cluster.client.get("daemonset", "cilium", "-n", "kube-system")
    image: str = agents["spec"]["template"]["spec"]["containers"][0]["image"]
    status = agents["status"]
    ready, wanted = status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
    version = image.partition("@")[0].rpartition(":")[2]
    return version if ready == wanted else f"{version}, {ready} of {wanted} agents"
