"""The proof: every cluster connected to every other, and requests answered over every route.

stdin: `merged`, if given, is the users' kubeconfig, each context of which must reach a cluster.
Environment: SPEC (JSON, made by components/mesh_verification.py), REQUEST_SECONDS; WATCHED only
tells the engine when to run this again. The contexts are the clusters' names. It changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..reachability import status
from ..reachability.diagnosis import diagnose
from ..reachability.matrix import Matrix, wanted_routes
from ..reachability.status import PeerVerdict
from .lib import evidence, traffic
from .lib.cli import CliError
from .lib.evidence import check_merged_kubeconfig
from .lib.step import Step, StepError, main

_GLANCE_SECONDS = 5


def verify(step: Step) -> dict[str, object]:
    """Check the connections, then the traffic; raises StepError with all that is missing."""
    spec = json.loads(step.environment["SPEC"])
    verdicts = connections(step, spec["clusters"], spec["statusSeconds"])
    connected = {
        cluster: [verdict.peer for verdict in verdicts[cluster] if verdict.is_connected]
        for cluster in spec["clusters"]
    }
    missing = [one for listed in verdicts.values() for one in listed if not one.is_connected]
    if missing:
        text = _text_of_missing(step, missing)
        raise StepError(text, {"connected": connected, "matrix": []}, is_explained=True)
    check_merged_kubeconfig(step, spec["clusters"])
    matrix = _traffic(step, spec)
    result: dict[str, object] = {"connected": connected, "matrix": matrix.to_list()}
    if matrix.failed:
        raise StepError(_text_of_failed(step, spec, matrix), result, is_explained=True)
    return result


def observe(step: Step) -> dict[str, str]:
    """Return what is known about every connection that is missing."""
    names = json.loads(step.environment["SPEC"])["clusters"]
    verdicts = connections(step, names, _GLANCE_SECONDS).values()
    missing = [one for listed in verdicts for one in listed if not one.is_connected]
    return {f"{one.cluster} -> {one.peer}": one.state() for one in missing}


def connections(
    step: Step, names: Sequence[str], seconds: int, asked: Sequence[str] | None = None
) -> dict[str, tuple[PeerVerdict, ...]]:
    """Ask every cluster, or those in `asked`, about all others, all at the same time.

    Each waits at most so many seconds until it is connected.
    """
    asked = names if asked is None else asked
    with ThreadPoolExecutor(max_workers=max(len(asked), 1)) as pool:
        verdicts = pool.map(lambda name: _verdicts(step, names, name, seconds), asked)
        return dict(zip(asked, verdicts, strict=True))


def _verdicts(
    step: Step, names: Sequence[str], cluster: str, seconds: int
) -> tuple[PeerVerdict, ...]:
    peers = [name for name in names if name != cluster]
    try:
        output = step.cli.cilium(
            cluster,
            "clustermesh",
            "status",
            "--wait",
            f"--wait-duration={seconds}s",
            "--output=json",
            timeout=seconds + 30,
        )
        return status.judge(cluster, status.parse(output), peers)
    except (CliError, status.StatusError) as error:
        causes = status.likely_causes([str(error)])
        nothing = status.Count()
        return tuple(
            PeerVerdict(cluster, peer, nothing, None, (str(error),), causes) for peer in peers
        )


def _traffic(step: Step, spec: Mapping[str, Any]) -> Matrix:
    demo = spec["demo"]
    if demo is None:
        return Matrix(())
    routes = wanted_routes(spec["clusters"], demo["affinity"], shared=demo["shared"])
    return traffic.measure(step, routes, demo, spec["requests"], spec["trafficSeconds"])


def _text_of_missing(step: Step, missing: Sequence[PeerVerdict]) -> str:
    with ThreadPoolExecutor(max_workers=len(missing)) as pool:
        found = list(pool.map(lambda one: evidence.at_connection(step, one), missing))
    lines = [
        line for one, more in zip(missing, found, strict=True) for line in (one.render(), *more)
    ]
    return "\n  ".join(["not every cluster is connected to every other", *lines])


def _text_of_failed(step: Step, spec: Mapping[str, Any], matrix: Matrix) -> str:
    # Asked again: a connection may have been lost since.
    verdicts = connections(step, spec["clusters"], _GLANCE_SECONDS).values()
    now = [verdict for listed in verdicts for verdict in listed]
    protocol = evidence.protocol(step, spec["clusters"])
    lines = [diagnosis.render() for diagnosis in diagnose(matrix, now, protocol)]
    return "\n  ".join(["the clusters were connected, but traffic does not cross", *lines])


if __name__ == "__main__":
    main({"verify": verify})
