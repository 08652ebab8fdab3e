"""IP addresses and endpoints, parsed when a cluster reports them and again before they are written.

Kubernetes does not check what a kubelet writes into `status.addresses`, and Cilium's charts put a
peer's address into a manifest without quotes: kept as text, it could hold any object.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

Address = IPv4Address | IPv6Address

_PORTS = range(1, 65536)
# A node is reached by its ExternalIP if it has one (accessInformation in cilium-cli/clustermesh).
EXTERNAL, INTERNAL = "ExternalIP", "InternalIP"
_BROADCAST = IPv4Address("255.255.255.255")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a clustermesh-apiserver; `str()` writes it as the CLI takes it."""

    address: Address
    port: int

    def __str__(self) -> str:
        """Return `address:port`; an IPv6 address gets brackets."""
        return host_port(str(self.address), self.port)


def is_reachable(address: Address) -> bool:
    """Whether it can be another machine's address, not the reader's own or nobody's."""
    return not (
        address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
        or address == _BROADCAST
        or (isinstance(address, IPv6Address) and address.ipv4_mapped is not None)
    )


def parse(said: object) -> Address | None:
    """Return a text as an IP address, None if it is not one.

    An address with a zone (`fe80::1%eth0`) is refused: anything may follow the `%`.
    """
    if not isinstance(said, str) or "%" in said:
        return None
    try:
        return ip_address(said)
    except ValueError:
        return None


def endpoint(text: str) -> Endpoint | None:
    """Return the endpoint that `address:port` names, None if it is not one."""
    host, _, port = text.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    address = parse(host[1:-1] if is_bracketed else host)
    is_port = port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) in _PORTS
    if address is None or not is_port or is_bracketed != (address.version == 6):
        return None
    return Endpoint(address, int(port))


def host_port(host: str, port: object) -> str:
    """Return host and port as one text; an IPv6 address gets brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reached(node: Mapping[str, Any]) -> Address | None:
    """Return the address at which other clusters reach a Node, None if it has none."""
    listed = [(of, address) for of, address, _ in of_node(node) if address is not None]
    of_kind = [address for kind in (EXTERNAL, INTERNAL) for of, address in listed if of == kind]
    return next(iter(of_kind), None)


def of_node(node: Mapping[str, Any]) -> Iterator[tuple[str, Address | None, object]]:
    """Yield a Node's IP addresses: the type, the parsed address, and the original text.

    The address is None if the text is not an IP address, or not one that another cluster can reach.
    """
    status = node.get("status")
    listed = status.get("addresses") if isinstance(status, Mapping) else None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping) and entry.get("type") in (EXTERNAL, INTERNAL):
            said = entry.get("address")
            address = parse(said)
            is_usable = address is not None and is_reachable(address)
            yield str(entry["type"]), address if is_usable else None, said
