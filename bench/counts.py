"""Counts of requests and resources: the same on every machine, so that any difference matters.

Resources and Commands by the size of the mesh need no cluster (`planned`); Helm upgrades, API
writes and reads are counted by real API servers (`asked`). Reads are compared only in steps that
write nothing: waiting for a rollout reads more often the longer it takes.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from bench.bench import Bench
from bench.control_planes import Members
from bench.mesh import OFF
from bench.mocked import registered
from bench.samples import seconds
from bench.stack import Stack

Counted = dict[str, dict[str, int]]

BASELINE = Path(__file__).with_name("baseline.json")
SIZES = (2, 3, 4)
_ASKED = 3


def planned(size: int) -> dict[str, int]:
    """Count the resources of a mesh of that size by mocks: all of them, Commands, Drifts."""
    resources = registered(size)
    types = Counter(one.type for one in resources)
    return {
        "resources": len(resources),
        "commands": types["command:local:Command"],
        "drifts": sum(number for name, number in types.items() if name.endswith(":Drift")),
        "providers": sum(n for name, n in types.items() if name.startswith("pulumi:providers:")),
    }


def asked(bench: Bench) -> Counted:
    """Count the requests to three members, and then to a fourth that joins and leaves."""
    with bench.members_running(_ASKED + 1) as everybody:
        stack = bench.stack("counts")
        entries = [one.entry() for one in everybody.listed]
        moved = [{**entries[0], "mesh": {"nodePort": 32700}}, *entries[1:_ASKED]]
        steps: dict[str, Callable[[], None]] = {
            "join": lambda: _up(stack, entries[:_ASKED]),
            "nothing changed": stack.up,
            "preview": lambda: _preview(stack),
            "disconnect": stack.disconnect,
            "connect": stack.up,
            "one member more": lambda: _up(stack, entries),
            "one member less": lambda: _up(stack, entries[:_ASKED]),
            "one NodePort changed": lambda: _up(stack, moved),
        }
        return {name: _counted(everybody, name, step) for name, step in steps.items()}


def differences(wanted: Mapping[str, object], found: Mapping[str, object]) -> list[str]:
    """Return what differs between two baselines, one line each."""
    before, now = _flat(wanted), _flat(found)
    return [
        f"{key}: {before.get(key, 'nothing')} in the baseline, {now.get(key, 'nothing')} now"
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key)
    ]


def check(bench: Bench, *, accept: bool) -> int:
    """Compare with the baseline, or rewrite it; returns the exit code."""
    found = {
        "planned": {str(size): planned(size) for size in SIZES},
        "asked": asked(bench),
    }
    if accept:
        BASELINE.write_text(json.dumps(found, indent=2) + "\n")
        return 0
    changed = differences(json.loads(BASELINE.read_text()), found)
    for line in changed:
        print(line, file=sys.stderr)
    if changed:
        print("bench-check: if that is intended: `python -m bench --accept`", file=sys.stderr)
        return 1
    print("bench-check: every count is the same as in bench/baseline.json")
    return 0


def _counted(members: Members, name: str, step: Callable[[], object]) -> dict[str, int]:
    members.mark()
    took = seconds(step)
    counts = asdict(members.counts())
    print(f"bench-check: {name}: {took:.1f} s, {counts}", file=sys.stderr, flush=True)
    return comparable(counts)


def comparable(counts: Mapping[str, int]) -> dict[str, int]:
    """Drop the counts that depend on how long something took."""
    return {
        name: number for name, number in counts.items() if name != "reads" or not _wrote(counts)
    }


def _wrote(counts: Mapping[str, int]) -> bool:
    return bool(counts["writes"])


def _up(stack: Stack, clusters: list[dict[str, object]]) -> None:
    stack.configure(clusters, **OFF)
    stack.up()


def _preview(stack: Stack) -> None:
    stack.pulumi("preview", "--expect-no-changes")


def _flat(value: object, path: str = "") -> dict[str, object]:
    if not isinstance(value, Mapping):
        return {path: value}
    flat: dict[str, object] = {}
    for key, inner in value.items():
        flat |= _flat(inner, f"{path}.{key}" if path else str(key))
    return flat
