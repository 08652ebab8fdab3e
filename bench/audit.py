"""Exact counts of the requests to an API server, from its own audit log."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
READS = frozenset({"get", "list"})
RELEASE = "sh.helm.release.v1.cilium.v"


def policy(*silent: str) -> dict[str, Any]:
    """Return the policy that logs every request except those of these users."""
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived", "ResponseStarted"],
        "rules": [
            {"level": "None", "users": ["system:apiserver", "system:anonymous", *silent]},
            {"level": "Metadata"},
        ],
    }


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `path` has no query, `agent` is the first word of the user agent."""

    verb: str
    path: str
    agent: str
    status: int

    @property
    def is_write(self) -> bool:
        """Whether it changed something, or tried to."""
        return self.verb in WRITES and "selfsubject" not in self.path

    @property
    def is_read(self) -> bool:
        """Whether it only read."""
        return self.verb in READS

    @property
    def is_upgrade(self) -> bool:
        """Whether it starts a new revision of Cilium's Helm release."""
        is_release = self.path.rpartition("/")[2].startswith(RELEASE)
        return self.verb == "create" and is_release and self.status < 400


def parse(lines: Iterable[str]) -> Iterator[Request]:
    """Read the requests from an audit log with one event per line."""
    for line in lines:
        event = json.loads(line)
        yield Request(
            verb=str(event["verb"]),
            path=_named(event),
            agent=str(event.get("userAgent", "")).partition("/")[0],
            status=int((event.get("responseStatus") or {}).get("code", 0)),
        )


def _named(event: Json) -> str:
    """The path; for a create, with the new object's name, which its URL lacks."""
    path = str(event["requestURI"]).partition("?")[0]
    name = (event.get("objectRef") or {}).get("name")
    return f"{path}/{name}" if event["verb"] == "create" and name else path


@dataclass
class AuditLog:
    """The audit log of one API server, read from the last mark."""

    path: Path
    _offset: int = 0

    def mark(self) -> None:
        """Skip all requests up to now."""
        self._offset = self.path.stat().st_size

    def requests(self) -> list[Request]:
        """Return the requests since the mark."""
        with self.path.open("rb") as log:
            log.seek(self._offset)
            whole = log.read().rpartition(b"\n")[0]
        return list(parse(whole.decode().splitlines()))


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of requests to all API servers together."""

    upgrades: int = 0
    writes: int = 0
    reads: int = 0

    @classmethod
    def of(cls, requests: Iterable[Request]) -> "Counts":
        """Count these requests."""
        listed = list(requests)
        return cls(
            upgrades=sum(one.is_upgrade for one in listed),
            writes=sum(one.is_write for one in listed),
            reads=sum(one.is_read for one in listed),
        )


def read_more_than_once(requests: Iterable[Request], *agents: str) -> dict[str, int]:
    """Return the paths that these agents read more than once, and how often."""
    counted = Counter(one.path for one in requests if one.is_read and one.agent in agents)
    return {path: count for path, count in sorted(counted.items()) if count > 1}
