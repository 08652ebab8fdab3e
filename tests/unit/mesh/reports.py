"""Sample reports: whole meshes of any size, and one in which much is broken."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from components.reachability.matrix import Path
from mesh.report.model import (
    Certificate,
    Cluster,
    Connection,
    Finding,
    GlobalService,
    LastUpdate,
    Level,
    Link,
    Made,
    Node,
    Proof,
    Report,
    Route,
    Use,
)

NOW = datetime(2026, 11, 26, 7, 20, 47, tzinfo=UTC)
_PLACES = ("frankfurt", "dublin", "oregon", "singapore", "sao-paulo", "mumbai", "tokyo", "sydney")
_USES = {
    Use.API_SERVER: ("kube-apiserver", 312),
    Use.MESH_SERVER: ("clustermesh-apiserver-server-cert", 1094),
    Use.MESH_CLIENT: ("clustermesh-apiserver-remote-cert", 1094),
    Use.MESH_CA: ("cilium-ca", 3649),
}


def name(number: int) -> str:
    place = _PLACES[(number - 1) % len(_PLACES)]
    return place if number <= len(_PLACES) else f"{place}-{(number - 1) // len(_PLACES) + 1}"


def cluster(number: int, **changes: Any) -> Cluster:
    known: dict[str, Any] = {
        "name": name(number),
        "id": number,
        "api_server": f"https://172.30.{number}.16:31936",
        "mesh_endpoint": f"172.30.{number}.16:{32256 + number}",
        "pod_cidrs": (f"10.{number}0.0.0/16",),
        "service_cidrs": (f"10.{number}1.0.0/16",),
        "kubernetes": "1.33.4",
        "cilium": "1.18.4",
        "datapath": "vxlan tunnels",
        "encryption": "none",
        "nodes": tuple(node(number, one) for one in range(1, 2 + number % 3)),
    }
    return Cluster(**known | changes)


def node(number: int, position: int, **changes: Any) -> Node:
    known: dict[str, Any] = {
        "name": f"{name(number)}-{'control-plane' if position == 1 else f'worker{position - 1}'}",
        "is_ready": True,
        "is_control_plane": position == 1,
        "addresses": (f"172.30.{number}.{15 + position}",),
        "kernel": "6.1.0-21-amd64",
        "os": "Debian GNU/Linux 12 (bookworm)",
    }
    return Node(**known | changes)


def whole(count: int = 2, **changes: Any) -> Report:
    """A mesh in which everything is as it should be."""
    names = [name(number) for number in range(1, count + 1)]
    service = GlobalService(
        namespace="default",
        name="rebel-base",
        clusters=tuple(names),
        shared=tuple(names),
        affinity={},
    )
    known: dict[str, Any] = {
        "stack": "prod",
        "made": Made(
            at=NOW,
            pulumi="3.215.0",
            cilium_cli="0.18.7",
            last_update=LastUpdate(version=12, ended=NOW - timedelta(hours=3)),
        ),
        "clusters": tuple(cluster(number) for number in range(1, count + 1)),
        "connections": tuple(connections(names)),
        "proof": Proof(origin="now", service="default/rebel-base"),
        "routes": tuple(routes(names)),
        "services": (service,),
        "certificates": tuple(certificates(names)),
        "findings": (),
    }
    return Report(**known | changes)


def broken() -> Report:
    """Four clusters: one does not answer, a connection is missing, a certificate expires soon."""
    good = whole(4)
    one, two, three, four = good.names
    silent = "https://172.30.3.16:31936 did not answer within 10 s"
    clusters = list(good.clusters)
    clusters[2] = cluster(
        3, unreachable=silent, kubernetes="", cilium="", datapath="", encryption="", nodes=()
    )
    clusters[1] = cluster(2, cilium="1.17.9", nodes=(node(2, 1), node(2, 2, is_ready=False)))
    return whole(
        4,
        clusters=tuple(clusters),
        connections=tuple(_broken_connection(link, one, two, three) for link in good.connections),
        routes=tuple(_broken_route(way, one, two, three) for way in good.routes),
        certificates=tuple(_broken_ends(good.certificates, two, three)),
        services=(
            *good.services,
            GlobalService(
                namespace="shop",
                name="checkout",
                clusters=(one, four),
                shared=(one,),
                affinity={one: "local"},
            ),
        ),
        findings=(
            Finding(
                level=Level.ERROR,
                cluster=three,
                check="api-reachable",
                text=silent,
                remedy="check that the API server runs and that no firewall drops the packets",
            ),
            Finding(
                level=Level.ERROR,
                check="connection",
                text=f"{one} is not connected to {two} (agents 3/3 configured, 0/3 connected)",
                remedy="likely: the peer's clustermesh-apiserver NodePort cannot be reached from"
                " these nodes: a firewall, a wrong address, or no route",
                details=(
                    f"{one} reaches {two} at 172.30.2.16:32258",
                    "dial tcp 172.30.2.16:32258: i/o timeout",
                ),
            ),
            Finding(
                level=Level.WARN,
                cluster=two,
                check="certificate",
                text="the API server's certificate expires in 12 days (2026-12-08)",
                remedy="renew it (kubeadm: `kubeadm certs renew apiserver` on each control plane"
                " node) and restart the API server",
            ),
            Finding(
                level=Level.WARN,
                check="global-service",
                text=f"shop/checkout is a global Service in {one}, {four}, but not in {two}",
                remedy="create it in every cluster whose Pods use it, with the same annotations",
            ),
        ),
    )


def connections(names: Sequence[str]) -> list[Connection]:
    said = "agents 3/3 configured, 3/3 connected; KVStoreMesh 1/1 configured, 1/1 connected"
    return [
        Connection(source=one, target=other, state=Link.CONNECTED, said=said)
        for one in names
        for other in names
        if one != other
    ]


def routes(names: Sequence[str]) -> list[Route]:
    made = []
    for row, source in enumerate(names):
        # All clusters answer about equally often.
        answers = {target: 20 // len(names) + (row + at) % 3 for at, target in enumerate(names)}
        for column, target in enumerate(names):
            milliseconds = 0.7 + (row * 7 + column * 3) % 11 * 0.6
            if source != target:
                pods = {target: 2}
                made.append(_route(source, target, Path.POD_IP, milliseconds + 0.4, pods))
            made.append(_route(source, target, Path.GLOBAL_SERVICE, milliseconds, answers))
    return made


def certificates(names: Sequence[str]) -> list[Certificate]:
    return [
        Certificate(
            cluster=cluster, use=use, name=called, expires=NOW + timedelta(days=days), days=days
        )
        for cluster in names
        for use, (called, days) in _USES.items()
    ]


def _route(
    source: str, target: str, path: Path, milliseconds: float, answers: dict[str, int]
) -> Route:
    return Route(
        source=source,
        target=target,
        path=path,
        ok=True,
        milliseconds=round(milliseconds, 1),
        answers=answers,
    )


def _broken_connection(link: Connection, one: str, two: str, three: str) -> Connection:
    if link.source == three:
        said = "its API server does not answer"
        return link.model_copy(update={"state": Link.UNKNOWN, "said": said})
    if (link.source, link.target) == (one, two):
        said = "agents 3/3 configured, 0/3 connected"
        return link.model_copy(update={"state": Link.MISSING, "said": said})
    return link


def _broken_route(way: Route, one: str, two: str, three: str) -> Route:
    is_about_pods = way.path is Path.POD_IP
    if way.source == three or (is_about_pods and way.target == three):
        return way.model_copy(update={"ok": None, "milliseconds": None, "answers": {}})
    other = {one: two, two: one}.get(way.source)
    answers = {} if is_about_pods else {k: n for k, n in way.answers.items() if k != other}
    if way.target == other:
        error = "curl: (28) Connection timed out after 5001 milliseconds"
        failed = {"ok": False, "milliseconds": None, "answers": answers, "error": error}
        return way.model_copy(update=failed)
    return way if is_about_pods else way.model_copy(update={"answers": answers})


def _broken_ends(good: Sequence[Certificate], two: str, three: str) -> list[Certificate]:
    return [
        one.model_copy(update={"days": 12, "expires": NOW + timedelta(days=12)})
        if (one.cluster, one.use) == (two, Use.API_SERVER)
        else one
        for one in good
        if one.cluster != three
    ]
