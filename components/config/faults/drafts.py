"""What of each cluster's raw config can be used, however broken the rest is.

The checks between clusters work on drafts, so that a bad name in one cluster does not hide an
overlap between two others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..types import Cidr, ClusterName, Network, NodePort
from .fault import key_path

_cidr: TypeAdapter[Network] = TypeAdapter(Cidr)
_name: TypeAdapter[str] = TypeAdapter(ClusterName)
_node_port: TypeAdapter[int] = TypeAdapter(NodePort)


@dataclass(frozen=True, slots=True)
class Draft:
    """One cluster as far as it can be read; None: it is missing or of the wrong kind."""

    index: int
    raw: Mapping[str, object]

    @property
    def name(self) -> str | None:
        """The name, whether allowed or not."""
        return self.text("name")

    @property
    def label(self) -> str:
        """What a person calls this cluster; its place where the name is no name."""
        return _valid(_name, self.name) or f"clusters[{self.index}]"

    @property
    def id(self) -> int | None:
        """The id, whether in range or not."""
        return self.number("id")

    @property
    def is_made(self) -> bool:
        """Whether Kubean is to make the cluster."""
        return self.raw.get("kubean") is not None

    @property
    def host_names(self) -> list[str]:
        """The names of the machines that Kubean makes the cluster of."""
        return [name for _, host in self._hosts() if isinstance(name := host.get("name"), str)]

    def number(self, key: str) -> int | None:
        """The whole number at a key, or None."""
        value = self.raw.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def text(self, *keys: str) -> str | None:
        """The text at a key, or None."""
        value = self._at(keys)
        return value if isinstance(value, str) else None

    def node_port(self, *keys: str) -> int | None:
        """The NodePort at a key, or None where it is none."""
        value = self._at(keys)
        return None if value is None else _valid(_node_port, value)

    def addresses(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every address that the peers or the program are told to reach, with its place."""
        for section in ("apiServer", "mesh"):
            address = self.text(section, "address")
            if address is not None:
                yield (section, "address"), address
        for index, host in self._hosts():
            for key in ("address", "ip"):
                value = host.get(key)
                if isinstance(value, str):
                    yield ("kubean", "hosts", index, key), value

    def networks(self, key: str) -> Iterator[tuple[int, Network]]:
        """The valid CIDRs of a list, each with its index."""
        listed = self.raw.get(key)
        for index, text in enumerate(listed if isinstance(listed, list | tuple) else ()):
            network = _valid(_cidr, text)
            if network is not None:
                yield index, network

    def path(self, *parts: str | int) -> str:
        """The full key of something in this cluster."""
        return key_path("clusters", self.index, *parts)

    def _hosts(self) -> Iterator[tuple[int, Mapping[str, object]]]:
        hosts = self._at(("kubean", "hosts"))
        for index, host in enumerate(hosts if isinstance(hosts, list | tuple) else ()):
            if isinstance(host, Mapping):
                yield index, host

    def _at(self, keys: tuple[str, ...]) -> object:
        value: object = self.raw
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def drafts(raw: Mapping[str, object]) -> list[Draft]:
    """Read the drafts of all clusters that are mappings at all."""
    listed = raw.get("clusters")
    entries = enumerate(listed) if isinstance(listed, list | tuple) else ()
    return [Draft(index, entry) for index, entry in entries if isinstance(entry, Mapping)]


def _valid(adapter: TypeAdapter[Any], value: object) -> Any:
    try:
        return adapter.validate_python(value, strict=True)
    except ValidationError:
        return None
