"""Snapshots of a member's objects, to restore the same start for every run at no cost.

They are restored in etcd itself, which notifies the API server of every key. Undoing a connect
with the CLI costs a Helm upgrade in each member and makes the release's history longer.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from bench.errors import BenchError

Json = dict[str, Any]
Ask = Callable[[str, Json], Json]

_FIRST, _BEHIND = "/registry/", "/registry0"
# They expire by themselves, or are the API server's own.
_PASSING = ("/registry/events/", "/registry/leases/", "/registry/masterleases/")
# The most that etcd accepts in one transaction.
_AT_ONCE = 100


@dataclass(frozen=True)
class Snapshot:
    """All keys and values of one etcd, in base64 as in etcd's JSON."""

    ask: Ask
    keys: Mapping[str, str]

    @classmethod
    def taken(cls, ask: Ask) -> "Snapshot":
        """Take a snapshot; `ask` sends one request to etcd's JSON API."""
        return cls(ask, _keys(ask))

    def restore(self) -> None:
        """Restore the store with as few changes as possible."""
        changes = list(_changes(_keys(self.ask), self.keys))
        for begin in range(0, len(changes), _AT_ONCE):
            self.ask("/v3/kv/txn", {"success": changes[begin : begin + _AT_ONCE]})


def asking(url: str) -> Ask:
    """Return the function that asks the etcd at that URL; it raises BenchError if etcd refuses."""
    pool = urllib3.PoolManager()

    def ask(path: str, body: Json) -> Json:
        answer = pool.request("POST", url + path, json=body, retries=False, timeout=30)
        if answer.status != 200:
            raise BenchError(f"etcd refuses {path}: {answer.data.decode()[:500]}")
        return dict(answer.json())

    return ask


def _keys(ask: Ask) -> dict[str, str]:
    found = ask("/v3/kv/range", {"key": _encoded(_FIRST), "range_end": _encoded(_BEHIND)})
    return {
        one["key"]: one.get("value", "")
        for one in found.get("kvs", [])
        if not base64.b64decode(one["key"]).decode().startswith(_PASSING)
    }


def _changes(now: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[Json]:
    for key in now.keys() - wanted.keys():
        yield {"request_delete_range": {"key": key}}
    for key, value in wanted.items():
        if now.get(key) != value:
            yield {"request_put": {"key": key, "value": value}}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
