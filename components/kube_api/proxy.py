"""The proxy of a request to an API server, chosen as client-go chooses it."""

import os
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit


def proxy_for(server: str, configured: str | None) -> str | None:
    """Return the URL: the kubeconfig's `proxy-url`, else HTTPS_PROXY unless NO_PROXY matches."""
    if configured:
        return configured
    ambient = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    host = urlsplit(server).hostname or ""
    if not ambient or _is_loopback(host) or _is_excepted(host):
        return None
    return ambient if "://" in ambient else f"http://{ambient}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_excepted(host: str) -> bool:
    listed = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    return any(_fits(host, entry.strip().lower()) for entry in listed.split(","))


def _fits(host: str, entry: str) -> bool:
    if not entry:
        return False
    if entry == "*":
        return True
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        name = entry.lstrip(".")
        return host == name or host.endswith(f".{name}")
