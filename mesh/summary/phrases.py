"""What a step means for its cluster, in the mesh's terms; one function per kind of resource."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..words import listed
from . import place
from .events import State, Step

# The engine's placeholder for a value that only the update knows (sdk/go/common/resource/plugin).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Role(StrEnum):
    """Whether the cluster gets something, loses it, or has it changed."""

    GETS = "gets"
    LOSES = "loses"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of the sentence about a cluster; `is_repair`: it repairs what a refresh found."""

    role: Role
    text: str
    is_repair: bool = False


def position(step: Step) -> int:
    """Return the position of the step's resource in the order of the sentence."""
    where = place.of(step.urn)
    known = [*_DESCRIPTIONS]
    key = (where.component, where.kind)
    return known.index(key) if key in known else len(known)


def phrases(step: Step) -> Iterator[Phrase]:
    """Yield what the step means; nothing if it only serves another one."""
    where = place.of(step.urn)
    describe = _DESCRIPTIONS.get((where.component, where.kind))
    if describe is None:
        return
    for phrase in describe(step):
        yield _replaced(phrase) if step.op == "replace" else phrase


def peers_of(state: State | None) -> Mapping[str, str] | None:
    """Return the endpoint of each peer in the input of MeshPeers; None if not known yet."""
    try:
        told = json.loads(_environment(state)["PEERS"])
        return {str(name): str(peer["endpoint"]) for name, peer in told.items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _replaced(phrase: Phrase) -> Phrase:
    return Phrase(Role.CHANGES, f"deleted and recreated: {phrase.text}")


def _thing(noun: str, verb: str = "changes") -> Callable[[Step], Iterator[Phrase]]:
    """Return a description of a resource of which only its presence and changes matter."""

    def describe(step: Step) -> Iterator[Phrase]:
        yield _simple(step, noun, f"{noun} {verb}")

    return describe


def _simple(step: Step, noun: str, change: str) -> Phrase:
    if step.op == "delete":
        return Phrase(Role.LOSES, noun)
    if step.op == "update":
        return Phrase(Role.CHANGES, change)
    return Phrase(Role.GETS, noun)


def _api_server(step: Step) -> Iterator[Phrase]:
    noun = "the NodePort Service of its API server"
    before, after = _node_port(step.old), _node_port(step.new)
    if step.op == "update" and before != after:
        yield Phrase(Role.CHANGES, f"NodePort of its API server {before} → {after}")
        return
    given = f" ({after})" if step.op == "create" and after != "any" else ""
    yield _simple(step, noun + given, f"{noun} changes")


def _node_port(state: State | None) -> str:
    spec = (state.inputs if state else {}).get("spec")
    ports = spec.get("ports") if isinstance(spec, Mapping) else None
    first = ports[0] if isinstance(ports, list) and ports else {}
    return str(first.get("nodePort", "any")) if isinstance(first, Mapping) else "any"


def _member(step: Step) -> Iterator[Phrase]:
    port = _environment(step.new).get("NODE_PORT", "")
    if step.op != "update":
        given = f" at NodePort {port}" if port and step.op != "delete" else ""
        yield _simple(step, f"ClusterMesh{given}", "")
        return
    found = [*_differences(step, {"NODE_PORT": "NodePort", "SERVICE_TYPE": "Service type"})]
    yield from (Phrase(Role.CHANGES, f"ClusterMesh {text}") for text in found)
    if not found:
        yield _again(step, "ClusterMesh")


def _differences(step: Step, names: Mapping[str, str]) -> Iterator[str]:
    for key, name in names.items():
        changed = _changed(step, key)
        if changed is not None:
            yield f"{name} {changed[0]} → {changed[1]}"


def _peers(step: Step) -> Iterator[Phrase]:
    before, after = peers_of(step.old), peers_of(step.new)
    if step.op == "delete":
        yield Phrase(Role.LOSES, "its peers")
    elif step.op == "update" and before is not None and after is not None:
        found = [*_peer_changes(before, after)]
        yield from found or [_again(step, "the connection to its peers")]
    elif step.op == "update":
        yield _again(step, "the connection to its peers")
    else:
        yield Phrase(Role.GETS, _peer_list(after))


def _peer_list(peers: Mapping[str, str] | None) -> str:
    if peers is None:
        return "its peers"
    return f"{'peer' if len(peers) == 1 else 'peers'} {listed(sorted(peers))}"


def _peer_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Phrase]:
    gained, lost = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    if gained:
        yield Phrase(Role.CHANGES, f"gains {_peer_list(dict.fromkeys(gained, ''))}")
    if lost:
        yield Phrase(Role.CHANGES, f"loses {_peer_list(dict.fromkeys(lost, ''))}")
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            told = before[name] or "unknown", after[name] or "unknown"
            yield Phrase(Role.CHANGES, f"reaches {name} at {told[1]} (before: {told[0]})")


def _again(step: Step, what: str) -> Phrase:
    # If other inputs change, the count of repairs is not known in advance, drift or not.
    if set(step.detailed_diff or {}) == {"environment.REPAIRS"}:
        return Phrase(Role.CHANGES, f"{what} is repaired", is_repair=True)
    why = _why_again(step)
    return Phrase(Role.CHANGES, f"{what} is checked again{why}")


def _why_again(step: Step) -> str:
    """Return which inputs of the script differ, if they have a name in the config."""
    keys = [*(step.detailed_diff or {})]
    reasons = {
        "its credentials": any(key.startswith("stdin") for key in keys),
        "timeouts": any(key.endswith("_SECONDS") for key in keys),
        "Cilium's release": _changed(step, "RELEASE") is not None,
        "Kubean's operation": _changed(step, "OPERATION") is not None,
    }
    known = [reason for reason, is_so in reasons.items() if is_so]
    return f", because {listed(known)} changed" if known else ""


def _release(step: Step) -> Iterator[Phrase]:
    noun = "Cilium as a Helm release of this stack"
    if step.op == "delete":
        # It is kept in the cluster (retain_on_delete).
        return
    versions = [
        str((state.inputs if state else {}).get("version")) for state in (step.old, step.new)
    ]
    if step.op == "update" and versions[0] != versions[1]:
        yield Phrase(Role.CHANGES, f"Cilium {versions[0]} → {versions[1]}")
        return
    yield _simple(step, noun, "the Helm release of Cilium changes")


def _shared_ca(step: Step) -> Iterator[Phrase]:
    # A delete leaves the CA in place.
    if step.op != "delete":
        yield _simple(step, "the CA of the mesh", "the CA of the mesh is written again")


def _global_service(step: Step) -> Iterator[Phrase]:
    noun = f"the global Service {_object(step)}"
    yield _simple(step, noun, f"{noun} changes")


def _object(step: Step) -> str:
    state = step.new or step.old
    metadata = (state.inputs if state else {}).get("metadata")
    named = metadata if isinstance(metadata, Mapping) else {}
    return f"{named.get('namespace', 'default')}/{named.get('name', '')}"


def _operation(step: Step) -> Iterator[Phrase]:
    if step.op == "create":
        yield Phrase(Role.CHANGES, "Kubean runs Kubespray on its machines")


def _environment(state: State | None) -> Mapping[str, Any]:
    found = (state.inputs if state else {}).get("environment")
    return found if isinstance(found, Mapping) else {}


def _changed(step: Step, key: str) -> tuple[str, str] | None:
    """Return a setting of a script before and after, None if it stays or is not set."""
    before, after = _environment(step.old).get(key), _environment(step.new).get(key)
    if before is None or after is None or before == after:
        return None
    return str(before), "not known yet" if after == UNKNOWN else str(after)


# By component and kind of resource, in the order of the procedure.
_DESCRIPTIONS: Mapping[tuple[str, str], Callable[[Step], Iterator[Phrase]]] = {
    ("KubeanCluster", "Cluster"): _thing("Kubernetes made by Kubean"),
    ("KubeanCluster", "ClusterOperation"): _operation,
    ("ApiServerService", "Service"): _api_server,
    ("SharedCa", "Command"): _shared_ca,
    ("CiliumRelease", "Release"): _release,
    ("MeshMember", "Command"): _member,
    ("MeshPeers", "Command"): _peers,
    ("RebelBase", "ConfigMap"): _thing("the demo", "is rolled out again"),
    ("RebelBase", "Deployment"): _thing("the demo", "is rolled out again"),
    ("XWing", "Deployment"): _thing("the demo", "is rolled out again"),
    ("GlobalService", "Service"): _global_service,
}
