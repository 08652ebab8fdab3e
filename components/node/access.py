"""How a node is reached over SSH."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One SSH server and how to log in to it; without a key, the agent of SSH_AUTH_SOCK has it.

    `host_key` is its public key as in known_hosts, type and base64; if None, known_hosts is used.
    """

    address: str
    port: int = 22
    user: str = "root"
    private_key: str | None = field(default=None, repr=False)
    host_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A node's SSH server and its jump host, if any; `connect_seconds` bounds one attempt."""

    node: Endpoint
    jump: Endpoint | None = None
    connect_seconds: int = 10

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data, which is secret."""
        return asdict(self)

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> "Access":
        """Read what `as_data` returned."""
        jump = Endpoint(**data["jump"]) if data["jump"] else None
        node = Endpoint(**data["node"])
        return Access(node=node, jump=jump, connect_seconds=data["connect_seconds"])
