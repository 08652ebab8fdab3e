"""What a member holds, put back as it was: the same start for every run, at no cost.

Straight in the API server's etcd, which tells the API server of every key. Undoing a connect by
the CLI costs a Helm upgrade in each member and leaves a longer history of the release behind.
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
# They go by themselves, or are the API server's own.
_PASSING = ("/registry/events/", "/registry/leases/", "/registry/masterleases/")
# As many as etcd takes in one transaction.
_AT_ONCE = 100


@dataclass(frozen=True)
class Snapshot:
    """All keys of one etcd with their values, both in base64 as etcd's JSON has them."""

    ask: Ask
    keys: Mapping[str, str]

    @classmethod
    def taken(cls, ask: Ask) -> "Snapshot":
        """Take down what there is now; `ask` does one request of etcd's JSON API."""
        return cls(ask, _keys(ask))

    def restore(self) -> None:
        """Make the store what it was, by as few changes as that takes."""
        changes = list(_changes(_keys(self.ask), self.keys))
        for begin in range(0, len(changes), _AT_ONCE):
            self.ask("/v3/kv/txn", {"success": changes[begin : begin + _AT_ONCE]})


def asking(url: str) -> Ask:
    """Give what asks the etcd at that URL; it raises BenchError where etcd refuses."""
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
