import base64
from typing import Any

from bench.snapshot import Snapshot

Json = dict[str, Any]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Etcd:
    """As much of etcd's JSON API as a snapshot needs; `changes` counts the writes."""

    def __init__(self, **keys: str) -> None:
        self.keys = {f"/registry/{name}": value for name, value in keys.items()}
        self.changes = 0

    def ask(self, path: str, body: Json) -> Json:
        if path == "/v3/kv/range":
            assert body == {"key": encoded("/registry/"), "range_end": encoded("/registry0")}
            listed = self.keys.items()
            return {"kvs": [{"key": encoded(key), "value": encoded(text)} for key, text in listed]}
        assert path == "/v3/kv/txn"
        for one in body["success"]:
            self._change(one)
        return {}

    def _change(self, one: Json) -> None:
        self.changes += 1
        if gone := one.get("request_delete_range"):
            del self.keys[base64.b64decode(gone["key"]).decode()]
        else:
            put = one["request_put"]
            key = base64.b64decode(put["key"]).decode()
            self.keys[key] = base64.b64decode(put["value"]).decode()


def test_a_restored_store_is_what_it_was() -> None:
    """Otherwise the compared runs would not have had the same start."""
    etcd = Etcd(kept="1", changed="1", gone="1")
    before = dict(etcd.keys)
    snapshot = Snapshot.taken(etcd.ask)
    etcd.keys |= {"/registry/changed": "2", "/registry/new": "1"}
    del etcd.keys["/registry/gone"]
    snapshot.restore()
    assert etcd.keys == before


def test_what_is_as_it_was_is_not_written() -> None:
    etcd = Etcd(**{f"key{number}": "1" for number in range(250)})
    snapshot = Snapshot.taken(etcd.ask)
    snapshot.restore()
    assert etcd.changes == 0


def test_more_changes_than_fit_into_a_transaction_are_all_made() -> None:
    etcd = Etcd()
    snapshot = Snapshot.taken(etcd.ask)
    etcd.keys = {f"/registry/key{number}": "1" for number in range(250)}
    snapshot.restore()
    assert etcd.keys == {}


def test_events_and_leases_pass_by_themselves() -> None:
    """Both are written all the time; a restored old lease would be lost."""
    etcd = Etcd(**{"leases/holder": "1", "events/one": "1"})
    snapshot = Snapshot.taken(etcd.ask)
    etcd.keys = {"/registry/leases/holder": "2"}
    snapshot.restore()
    assert etcd.keys == {"/registry/leases/holder": "2"}
