"""Kubeconfigs for a mesh: one with all members, and each cluster's own with the members added.

Every added entry is named after its cluster, in all three sections, and marked by an extension, as
minikube marks its own: a kubeconfig that passed through here before is renewed, and nothing that a
person wrote is ever changed.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..common.addresses import host_port
from .document import SECTIONS, Kubeconfig, bodies

MARK: dict[str, Any] = {
    "name": "cilium-clustermesh",
    "extension": {"provider": "cilium-clustermesh"},
}


@dataclass(frozen=True, slots=True)
class Member:
    """One member's access: `cluster` and `user` are the bodies of its kubeconfig entries."""

    name: str
    cluster: dict[str, Any] = field(repr=False)
    user: dict[str, Any] = field(repr=False)


def member(
    name: str, kubeconfig: Kubeconfig, server: str, tls_server_name: str | None = None
) -> Member:
    """Return the member that reaches the cluster of `kubeconfig` at another https `server`.

    CA, credentials and proxy stay. `tls_server_name` is for a server whose certificate does not
    cover the address; without it the kubeconfig's own, if any, stays.
    """
    cluster = {**kubeconfig.cluster, "server": server}
    if tls_server_name is not None:
        cluster["tls-server-name"] = tls_server_name
    return Member(name, copy.deepcopy(cluster), copy.deepcopy(kubeconfig.user))


def merged(members: Sequence[Member]) -> dict[str, Any]:
    """Return one kubeconfig with a cluster, user and context per member, in their order.

    The first member's context is the current one.
    """
    current = members[0].name if members else ""
    return augmented({"apiVersion": "v1", "kind": "Config", "current-context": current}, members)


def augmented(original: Mapping[str, Any], members: Iterable[Member]) -> dict[str, Any]:
    """Return the original kubeconfig plus the members' entries; what a person wrote is unchanged.

    If the original has an unmarked entry with a member's name, it stays and is used: `conflicts`
    finds those that lead elsewhere. The operation is idempotent.
    """
    result = copy.deepcopy(dict(original))
    listed = list(members)
    for section in SECTIONS:
        kept = [
            entry
            for entry in result.get(section) or []
            if not (_is_marked(entry, section) and _is_of(entry, listed))
        ]
        taken = {entry["name"] for entry in kept}
        added = [_entry(section, one) for one in listed if one.name not in taken]
        result[section] = kept + added
    return result


def as_given(kubeconfigs: Mapping[str, Kubeconfig]) -> dict[str, Any]:
    """Return one kubeconfig with all members in order, each at its own kubeconfig's server."""
    return merged(
        [member(name, one, str(one.cluster["server"])) for name, one in kubeconfigs.items()]
    )


def conflicts(original: Kubeconfig, members: Mapping[str, Kubeconfig]) -> Iterator[tuple[str, str]]:
    """Yield the original's entries (section, name) that have a member's name but lead elsewhere.

    `members` holds every member's own kubeconfig by its name.
    """
    for name, own in members.items():
        context = _unmarked(original, "contexts", name)
        if context is not None:
            cluster = bodies(original.data, "clusters").get(str(context.get("cluster")))
            if cluster is None or not _same_cluster(cluster, own):
                yield "contexts", name
            continue
        cluster = _unmarked(original, "clusters", name)
        if cluster is not None and not _same_cluster(cluster, own):
            yield "clusters", name
        user = _unmarked(original, "users", name)
        if user is not None and user not in (own.user, _written_user(own)):
            yield "users", name


def server_url(address: str, port: int) -> str:
    """Return the https URL of an API server; an IPv6 address gets brackets."""
    return f"https://{host_port(address, port)}"


def _entry(section: str, one: Member) -> dict[str, Any]:
    body: dict[str, Any] = {"cluster": one.name, "user": one.name}
    if section != "contexts":
        body = copy.deepcopy(one.cluster if section == "clusters" else one.user)
    others = [extension for extension in _extensions(body) if extension != MARK]
    body["extensions"] = [*others, copy.deepcopy(MARK)]
    return {"name": one.name, SECTIONS[section]: body}


def _extensions(body: Mapping[str, Any]) -> list[Any]:
    listed = body.get("extensions")
    return listed if isinstance(listed, list) else []


def _is_marked(entry: Mapping[str, Any], section: str) -> bool:
    return MARK in _extensions(entry.get(SECTIONS[section]) or {})


def _is_of(entry: Mapping[str, Any], members: Iterable[Member]) -> bool:
    return any(entry["name"] == one.name for one in members)


def _unmarked(original: Kubeconfig, section: str, name: str) -> dict[str, Any] | None:
    body = bodies(original.data, section).get(name)
    return None if body is None or _is_marked({SECTIONS[section]: body}, section) else body


def _same_cluster(body: Mapping[str, Any], own: Kubeconfig) -> bool:
    """Whether a cluster body leads to the member: by its CA, else by its server."""
    ca = body.get("certificate-authority-data")
    if ca and ca == own.cluster.get("certificate-authority-data"):
        return True
    return bool(body.get("server") == own.cluster.get("server"))


def _written_user(own: Kubeconfig) -> dict[str, Any] | None:
    """Return the user body as the member's kubeconfig has it, before files were replaced."""
    context = bodies(own.data, "contexts")[own.context]
    return bodies(own.data, "users").get(str(context.get("user")))
