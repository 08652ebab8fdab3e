"""Connects one cluster to all its peers by one Helm upgrade of its own, and disconnects it.

Only this cluster's Helm release is written (unicast), so all clusters run in parallel and no two
writers meet. Doing it twice does nothing. Peers whose endpoints are known are written as `cilium
clustermesh connect` would write them, but without it: it reads the whole Helm history of every peer
(docs/decisions/0008-peers-are-written-unasked.md). It connects the others, and those with another
CA; only for these the kubeconfig on stdin has contexts of peers. It is given the endpoint, too.
Environment: CLUSTER (also the context), PEERS (JSON: name to `{"endpoint": "ip:port", "override":
bool}`, endpoint "" for that of the peer's first node with an address; `override` is no longer read
and stays, because a changed environment runs a Command again), ALLOW_MISMATCHING_CA,
CONNECT_SECONDS, DISCONNECT_SECONDS, REQUEST_SECONDS; RELEASE, if Pulumi owns the Helm release:
its revision; PULUMI_COMMAND_STDOUT, the previous result, tells which peers were ours before.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..cilium import helm_release
from ..cilium.helm_release import RELEASE, Release, packed
from ..common import addresses
from ..common.foreign_text import shown
from . import leftovers
from .lib import deletion, kubelets, pending, release, rollout
from .lib.cli import CliError
from .lib.step import Step, StepError, main
from .member import SERVICE, deployed_release, is_released, not_as_released, settled_release

T = TypeVar("T")
Endpoints = Mapping[str, str]
BOUNDS = ("CONNECT_SECONDS", "DISCONNECT_SECONDS")
Objects = Mapping[str, Mapping[str, Any]]
_WORKLOADS = ("deployment/clustermesh-apiserver", "daemonset/cilium")
_SECRET, _KVSTOREMESH_SECRET = "secret/cilium-clustermesh", "secret/cilium-kvstoremesh"


def connect(step: Step) -> dict[str, object]:
    """Make the configured peers exactly the wanted ones; a dead peer does not stop the rest."""
    wanted = _wanted(step)
    found, objects = (_released if is_released(step) else _written)(step, wanted)
    _wait_for_rollout(step, objects)
    kubelets.look(step, found.revision)
    peers = {name: endpoint for name, endpoint in found.peers.items() if name in wanted}
    return {"cluster": step.cluster, "peers": peers, "revision": found.revision}


def _released(step: Step, wanted: Endpoints) -> tuple[Release, Objects]:
    found, objects = deployed_release(step), _look(step)
    differing = {**_unknown_to_agents(objects, found, wanted), **_in_release(found, wanted)}
    if differing:
        raise not_as_released(f"{name}: {text}" for name, text in differing.items())
    return found, objects


def _written(step: Step, wanted: Endpoints) -> tuple[Release, Objects]:
    found = _drop_former(step, wanted, settled_release(step, *BOUNDS))
    missing = _differing(found, wanted)
    found, objects = _add(step, wanted, missing, found) if missing else (found, _look(step))
    unknown = _unknown_to_agents(objects, found, wanted)
    if not unknown:
        return found, objects
    step.say(f"applying the Helm release again for {', '.join(sorted(unknown))}")
    release.set_values(step.cli, step.cluster, found, {}, step.seconds("CONNECT_SECONDS"))
    return _look_after(step, found)


def disconnect(step: Step) -> None:
    """Remove all our peers from the cluster's configuration, whether they answer or not.

    A cluster that does not answer itself is left to its `disable`, which comes after this and
    reports it: a failure here would keep ClusterMesh enabled in all its peers.
    """
    leftovers.watch_for(step.secrets["kubeconfig"])
    if deletion.silence(step):
        step.say("it does not answer; its peers stay in it until ClusterMesh is disabled there")
        return
    undone = "its peers stay configured in it"
    if deletion.is_another_members(step, undone):
        return
    found = pending.settle(step, *BOUNDS)
    if found is not None and not deletion.is_left_alone(step, found, undone):
        _disconnect(step, found, set(_wanted(step)))


def observe(step: Step) -> dict[str, str]:
    """Return, by wanted peer, what is not as `connect` leaves it."""
    wanted = _wanted(step)
    found = release.newest(step.cli, step.cluster)
    if found is None:
        return {"release": f"there is no Helm release `{RELEASE}` any more"}
    objects = step.cli.objects(step.cluster, _SECRET, _KVSTOREMESH_SECRET)
    return {**_unknown_to_agents(objects, found, wanted), **_in_release(found, wanted)}


def _look(step: Step, *more: str) -> Objects:
    """Read all that a connect has to look at, over one connection."""
    return step.cli.objects(step.cluster, _SECRET, _KVSTOREMESH_SECRET, *_WORKLOADS, *more)


def _look_after(step: Step, before: Release) -> tuple[Release, Objects]:
    """Read the result of an upgrade of that revision, together with the new revision."""
    name = f"secret/{helm_release.secret_name(before.revision + 1)}"
    objects = _look(step, name)
    if name in objects:
        found = release.decoded(packed(objects[name]))
        if found.status == "deployed":
            return found, objects
    # It took more than one upgrade, or somebody else was at work too.
    return deployed_release(step), _look(step)


def _in_release(found: Release, wanted: Endpoints) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, endpoint in wanted.items():
        configured = found.peers.get(name)
        if configured is None:
            texts[name] = "it is no longer a peer in the Helm release"
        elif endpoint and configured != endpoint:
            texts[name] = f"the Helm release has it at {configured}, wanted is {endpoint}"
    return texts


def _unknown_to_agents(objects: Objects, found: Release, wanted: Endpoints) -> dict[str, str]:
    """Return the wanted peers that are in the release but not in the Secrets made from it."""
    secrets = [_SECRET]
    if found.value("clustermesh", "apiserver", "kvstoremesh", "enabled"):
        secrets.append(_KVSTOREMESH_SECRET)
    texts: dict[str, str] = {}
    for secret in secrets:
        data = objects.get(secret, {}).get("data") or {}
        unknown = [name for name in wanted if name in found.peers and name not in data]
        text = f"the Secret {secret.removeprefix('secret/')} does not know it any more"
        texts |= dict.fromkeys(unknown, text)
    return texts


def _wanted(step: Step) -> dict[str, str]:
    peers = json.loads(step.environment["PEERS"])
    return {name: peer["endpoint"] for name, peer in peers.items()}


def _differing(found: Release, wanted: Endpoints) -> list[str]:
    configured = found.peers if found.status == "deployed" else {}
    return [
        name
        for name, endpoint in wanted.items()
        if name not in configured or (endpoint and configured[name] != endpoint)
    ]


def _add(
    step: Step, wanted: Endpoints, missing: list[str], found: Release
) -> tuple[Release, Objects]:
    known = {name: wanted[name] for name in missing if wanted[name]}
    if known and not _is_mismatching(step):
        step.say(f"connecting to {', '.join(known)}")
        values = found.with_peers({n: release.checked_endpoint(n, known[n]) for n in known})
        release.set_values(step.cli, step.cluster, found, values, step.seconds("CONNECT_SECONDS"))
        missing = [name for name in missing if name not in known]
    if missing:
        _ask_cli(step, found, wanted, missing)
    made, objects = _look_after(step, found)
    still = ", ".join(_differing(made, wanted))
    if still:
        raise StepError(f"after connect, the Helm release does not list {still} as wanted")
    return made, objects


def _ask_cli(step: Step, found: Release, wanted: Endpoints, missing: list[str]) -> None:
    """Connect with the CLI, a call for each: an endpoint holds for every destination of a call.

    Peers that do not answer, or whose answers forbid it, are skipped; raises a StepError that names
    them once the others are connected.
    """
    silent: dict[str, str] = {}
    refused: list[str] = []
    for name in missing:
        try:
            _connect(step, found, name, wanted[name] or _found_endpoint(step, name))
        except StepError as error:
            refused.append(str(error))
        except CliError as error:
            silent[name] = _silence(step, name)
            if not silent[name]:
                raise error
    if silent or refused:
        raise StepError("; ".join([*refused, *_unreachable_text(silent)]))


def _found_endpoint(step: Step, name: str) -> str:
    """Return the endpoint of a peer as the CLI finds it, though that takes any text as address."""
    service = step.cli.get(name, "service", SERVICE) or {}
    ports = [port.get("nodePort") for port in (service.get("spec") or {}).get("ports") or []]
    nodes = json.loads(step.cli.read(name, "get", "nodes", "--output=json"))["items"]
    address = next(filter(None, map(addresses.reached, nodes)), None)
    if address is None or not ports or not isinstance(ports[0], int):
        raise StepError(
            f"no endpoint of {name} is known: none of its nodes has an IP address, or its Service "
            f"{SERVICE} has no NodePort; set mesh.address of {name}",
            is_explained=True,
        )
    return addresses.host_port(str(address), ports[0])


def _connect(step: Step, found: Release, name: str, endpoint: str) -> None:
    release.checked_endpoint(name, endpoint)
    _refuse_another_name(step, name)
    step.say(f"connecting to {name} at {endpoint}")
    release.write(
        step.cli,
        step.cluster,
        found,
        "clustermesh",
        "connect",
        "--connection-mode=unicast",
        f"--destination-context={name}",
        # Without it the CLI reads the addresses of the peer's nodes, and takes them as they are.
        f"--destination-endpoint={endpoint}",
        *(["--allow-mismatching-ca"] if _is_mismatching(step) else []),
        timeout=step.seconds("CONNECT_SECONDS"),
    )


def _refuse_another_name(step: Step, name: str) -> None:
    """Raise StepError if the peer calls itself otherwise: the CLI writes what it says."""
    config = step.cli.get(name, "configmap", "cilium-config") or {}
    said = (config.get("data") or {}).get("cluster-name")
    if said != name:
        raise StepError(
            f"the peer {name} calls itself {shown(said)} (cluster-name in its cilium-config): "
            "correct its name there or in the config",
            is_explained=True,
        )


def _is_mismatching(step: Step) -> bool:
    return step.environment.get("ALLOW_MISMATCHING_CA") == "true"


def _drop_former(step: Step, wanted: Endpoints, found: Release) -> Release:
    former = set(_previous_peers(step)) - set(wanted)
    return _disconnect(step, found, former) if former else found


def _previous_peers(step: Step) -> list[str]:
    # Peers that somebody else connected by hand are not ours to remove.
    try:
        previous = json.loads(step.environment.get("PULUMI_COMMAND_STDOUT") or "{}")
    except ValueError:
        return []
    return list(previous.get("peers", []))


def _disconnect(step: Step, found: Release, names: set[str]) -> Release:
    configured = set(found.peers) & names
    if not configured:
        return found
    step.say(f"disconnecting from {', '.join(sorted(configured))}")
    # `clustermesh disconnect` asks the peer for its name: it removes neither a dead peer nor one
    # that was renamed.
    values, seconds = found.without(configured), step.seconds("DISCONNECT_SECONDS")
    release.set_values(step.cli, step.cluster, found, values, seconds)
    found = deployed_release(step)
    if left := set(found.peers) & names:
        raise StepError(f"{', '.join(sorted(left))} is still configured after disconnect")
    return found


def _silence(step: Step, name: str) -> str:
    """Return why the API server of a peer does not answer, "" if it does."""
    try:
        step.cli.read(name, "get", "configmap", "cilium-config", "--output=name")
    except CliError as error:
        return str(error)
    return ""


def _unreachable_text(unreachable: Mapping[str, str]) -> list[str]:
    if not unreachable:
        return []
    named = "; ".join(f"{name}: {error}" for name, error in sorted(unreachable.items()))
    return [f"the other peers are connected, but these did not answer: {named}"]


def _wait_for_rollout(step: Step, objects: Objects) -> None:
    # The CLI returns when Helm does; a mesh that never becomes ready must be noticed here.
    seconds = step.seconds("CONNECT_SECONDS")
    late = [name for name in _WORKLOADS if not rollout.is_done(objects.get(name) or {})]
    _at_once(lambda workload: rollout.wait(step, workload, seconds), late)


def _at_once(action: Callable[[str], T], names: Sequence[str]) -> list[T]:
    """Run the action for each name, all at the same time; return the results in order."""
    if not names:
        return []
    # It takes a sixth of the time of all imports, and a connect rarely needs it.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(action, names))


if __name__ == "__main__":
    main({"connect": connect, "disconnect": disconnect})
