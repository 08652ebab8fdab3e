"""Checks of several keys of clusters that Kubean makes."""

from collections.abc import Iterator, Sequence

from .. import kubespray
from ..kubean import KubeanHost, KubeanMember
from ..reserved import EXTRA_VALUES, variable_conflicts
from .drafts import Draft
from .fault import Fault
from .from_pydantic import shown, valid

Made = tuple[Draft, KubeanMember]
_GROUPS = ("kube_control_plane", "etcd", "kube_node")


def kubean_faults(clusters: Sequence[Draft], max_connected: object) -> Iterator[Fault]:
    """Yield every fault of keys together; a `kubean` that is invalid by itself is skipped."""
    sections = [(cluster, valid(KubeanMember, cluster.raw.get("kubean"))) for cluster in clusters]
    made = [(cluster, kubean) for cluster, kubean in sections if kubean is not None]
    for one in made:
        yield from _groups(one)
        yield from _host_names(one)
        yield from _limit(one)
        yield from _families(one[0])
        yield from _variables(one)
        if max_connected == 511:
            yield from _wide(one)
    yield from _addresses(made)


def _groups(made: Made) -> Iterator[Fault]:
    cluster, kubean = made
    key = cluster.path("kubean", "hosts")
    members = {group: [host for host in kubean.hosts if group in host.roles] for group in _GROUPS}
    for group, hosts in members.items():
        if not hosts:
            allowed = f"at least one host of each of {', '.join(_GROUPS)}"
            text = f"no host has the role {group}"
            yield Fault(key, text, allowed, "add it to the roles of one of the hosts")
    if len(members["etcd"]) % 2 == 0 and members["etcd"]:
        text = f"{len(members['etcd'])} hosts have the role etcd"
        allowed = "an odd number, so that a majority is left if one of them fails"
        yield Fault(key, text, allowed, "add the role to one more host, or remove it from one")


def _host_names(made: Made) -> Iterator[Fault]:
    cluster, kubean = made
    first: dict[str, int] = {}
    for index, host in enumerate(kubean.hosts):
        if first.setdefault(host.name, index) != index:
            yield Fault(
                cluster.path("kubean", "hosts", index, "name"),
                f"the name is also that of hosts[{first[host.name]}]",
                "a name that no other host of the cluster has",
                "give each machine a name of its own",
                shown(host.name),
            )


def _limit(made: Made) -> Iterator[Fault]:
    cluster, kubean = made
    key = cluster.path("kubean", "limit")
    if kubean.limit and kubean.action != "scale":
        allowed = "limit only with action scale: all other actions are about all hosts"
        text = f"it is set, but the action is {kubean.action}"
        yield Fault(key, text, allowed, "remove it, or set action to scale")
    names = [host.name for host in kubean.hosts]
    for index, name in enumerate(kubean.limit):
        if name not in names:
            yield Fault(
                cluster.path("kubean", "limit", index),
                "the cluster has no such host",
                f"one of {', '.join(names)}",
                "add the new machine to hosts, or correct the name",
                shown(name),
            )


def _families(cluster: Draft) -> Iterator[Fault]:
    families: dict[str, list[int]] = {}
    for key in ("podCidrs", "serviceCidrs"):
        families[key] = [network.version for _, network in cluster.networks(key)]
        if len(families[key]) != len(set(families[key])):
            yield Fault(
                cluster.path(key),
                "there is more than one range of an IP family",
                "one range of each family: Kubespray supports no more",
                "keep one of them, wide enough for the whole cluster",
            )
    pods, services = (set(families[key]) for key in ("podCidrs", "serviceCidrs"))
    if pods and services and pods != services:
        yield Fault(
            cluster.path("serviceCidrs"),
            "the ranges are not of the same IP families as those of podCidrs",
            "the same families for Pods and Services",
            "use a range for Services of each family that the Pods have, and of no other",
        )


def _variables(made: Made) -> Iterator[Fault]:
    cluster, kubean = made
    for place, instead in variable_conflicts(kubean.extra_vars):
        yield Fault(
            cluster.path("kubean", "extraVars", *place),
            "the program sets this itself, to make the cluster a member of the mesh",
            "any variable of Kubespray that the program does not set",
            f"remove it and set {instead} of the cluster" if instead else "remove it",
        )
    if EXTRA_VALUES in kubean.extra_vars and not kubespray.has_extra_values(kubean.kubespray):
        yield Fault(
            cluster.path("kubean", "extraVars", EXTRA_VALUES),
            f"Kubespray {kubean.kubespray.minor_text} does not know this variable",
            f"{EXTRA_VALUES} with Kubespray {kubespray.EXTRA_VALUES.minor_text} or newer",
            "remove it, or use a spray-job image with a newer Kubespray",
        )


def _wide(made: Made) -> Iterator[Fault]:
    cluster, kubean = made
    if not kubespray.has_extra_values(kubean.kubespray):
        yield Fault(
            cluster.path("kubean", "kubesprayVersion"),
            "this Kubespray cannot install Cilium for a mesh of up to 511 clusters",
            f"{kubespray.EXTRA_VALUES.minor_text} or newer with maxConnectedClusters 511",
            "use a spray-job image with a newer Kubespray",
            shown(kubean.kubespray_version),
        )
    highest = kubespray.HIGHEST_CLUSTER_ID
    if cluster.id is not None and highest < cluster.id:
        yield Fault(
            cluster.path("id"),
            f"Kubespray refuses a cluster id above {highest}",
            f"1 to {highest} for a cluster that Kubean makes",
            "use a lower id, and leave the higher one to a cluster that Kubean does not make",
            shown(cluster.id),
        )


def _addresses(made: Sequence[Made]) -> Iterator[Fault]:
    """Yield a fault for each machine that is listed twice, in one cluster or in two."""
    owner: dict[str, str] = {}
    for cluster, key, host, address in _listed(made):
        if address in owner:
            yield Fault(
                key,
                f"the address is also that of {owner[address]}",
                "a machine of its own for every host of every cluster",
                "correct the address",
                shown(address),
            )
        owner.setdefault(address, f"{host.name} of {cluster.label}")


def _listed(made: Sequence[Made]) -> Iterator[tuple[Draft, str, KubeanHost, str]]:
    for cluster, kubean in made:
        for index, host in enumerate(kubean.hosts):
            place = ("kubean", "hosts", index)
            yield cluster, cluster.path(*place, "address"), host, host.address
            if host.ip is not None and host.ip != host.address:
                yield cluster, cluster.path(*place, "ip"), host, host.ip
