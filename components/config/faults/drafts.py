"""Drafts: the usable parts of each cluster's raw config, however broken the rest is.

Checks across clusters work on drafts, so that a bad name in one cluster does not hide an overlap
between two others.
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
    """One cluster, as far as it can be read; None stands for a missing or invalid value."""

    index: int
    raw: Mapping[str, object]

    @property
    def name(self) -> str | None:
        """The name, even if it is not allowed."""
        return self.text("name")

    @property
    def label(self) -> str:
        """The cluster's name for people; its place if the name is invalid."""
        return _valid(_name, self.name) or f"clusters[{self.index}]"

    @property
    def id(self) -> int | None:
        """The id, even if it is out of range."""
        return self.number("id")

    @property
    def is_made(self) -> bool:
        """Whether Kubean makes the cluster."""
        return self.raw.get("kubean") is not None

    @property
    def host_names(self) -> list[str]:
        """The names of the machines that Kubean makes the cluster of."""
        hosts = self.mappings("kubean", "hosts")
        return [name for _, host in hosts if isinstance(name := host.get("name"), str)]

    def number(self, key: str) -> int | None:
        """The whole number at a key, or None."""
        value = self.raw.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def text(self, *keys: str) -> str | None:
        """The text at a key, or None."""
        value = self._at(keys)
        return value if isinstance(value, str) else None

    def node_port(self, *keys: str) -> int | None:
        """The NodePort at a key, or None if it is missing or invalid."""
        value = self._at(keys)
        return None if value is None else _valid(_node_port, value)

    def addresses(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every address that peers or the program are to reach, with its place."""
        for section in ("apiServer", "mesh"):
            address = self.text(section, "address")
            if address is not None:
                yield (section, "address"), address
        for index, host in self.mappings("kubean", "hosts"):
            for key in ("address", "ip"):
                value = host.get(key)
                if isinstance(value, str):
                    yield ("kubean", "hosts", index, key), value

    def networks(self, key: str) -> Iterator[tuple[int, Network]]:
        """The valid CIDRs of a list, each with its index."""
        for index, text in entries(self.raw.get(key)):
            network = _valid(_cidr, text)
            if network is not None:
                yield index, network

    def mappings(self, *keys: str) -> Iterator[tuple[int, Mapping[str, object]]]:
        """The mappings in the list at a key, each with its index."""
        for index, entry in entries(self._at(keys)):
            if isinstance(entry, Mapping):
                yield index, entry

    def path(self, *parts: str | int) -> str:
        """The full key of something in this cluster."""
        return key_path("clusters", self.index, *parts)

    def _at(self, keys: tuple[str, ...]) -> object:
        value: object = self.raw
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def drafts(raw: Mapping[str, object]) -> list[Draft]:
    """Return the drafts of all clusters that are mappings at all."""
    listed = entries(raw.get("clusters"))
    return [Draft(index, entry) for index, entry in listed if isinstance(entry, Mapping)]


def entries(value: object) -> Iterator[tuple[int, object]]:
    """Return what is in a list, each with its index; nothing if it is no list."""
    return enumerate(value if isinstance(value, list | tuple) else ())


def _valid(adapter: TypeAdapter[Any], value: object) -> Any:
    try:
        return adapter.validate_python(value, strict=True)
    except ValidationError:
        return None
