"""How Cilium sends packets between nodes, read from `cilium-config`; standard library only."""

from collections.abc import Mapping


def routing_mode(data: Mapping[str, str]) -> str:
    """Return `tunnel` or `native`; the default is that of Cilium's own flag."""
    return data.get("routing-mode") or ("native" if _legacy(data) == "disabled" else "tunnel")


def tunnel_protocol(data: Mapping[str, str]) -> str:
    """Return `vxlan` or `geneve`, with native routing too."""
    legacy = _legacy(data)
    return data.get("tunnel-protocol") or (legacy if legacy in ("vxlan", "geneve") else "vxlan")


def _legacy(data: Mapping[str, str]) -> str:
    # Up to Cilium 1.13 one key held the protocol or "disabled".
    return data.get("tunnel", "")
