"""The value types of the stack config: each refuses with what is allowed and how to mend it."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator, PlainValidator
from pydantic_core import PydanticCustomError

from ..common.versions import parse
from .kubespray import OLDEST as OLDEST_KUBESPRAY

Network = IPv4Network | IPv6Network

NODE_PORT_MIN, NODE_PORT_MAX = 30000, 32767
# The type of a custom pydantic error; pydantic_faults.py looks for it.
REFUSED = "refused"

_CLUSTER_NAME = re.compile(r"([a-z0-9][-a-z0-9]*)?[a-z0-9]")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_NAME = re.compile(rf"{_DNS_LABEL.pattern}(\.{_DNS_LABEL.pattern})*")
# registry/path:tag@digest, as containerd parses it (distribution/reference), a little simplified.
_IMAGE = re.compile(
    r"[a-zA-Z0-9][-.a-zA-Z0-9]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?"
)
_CHART_VERSION = re.compile(r"v?\d{1,4}\.\d{1,4}\.\d{1,4}([-+][0-9A-Za-z.+-]{1,60})?")
# A name, oci://registry/path, or a path; nothing that reaches Helm as an option.
_CHART_NAME = re.compile(r"[A-Za-z0-9._/][A-Za-z0-9._/:@+-]{0,511}")
_VERSION = re.compile(r"v?\d{1,4}\.\d{1,4}(\.\d{1,4})?")
# Nothing that a shell or a yum repository file would take for something else.
_URL = re.compile(r"(https?|ftp|file)://[A-Za-z0-9._~:/?#@!&=+%{}\[\]-]+")
_HOST_KEY = re.compile(r"(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]{40,}={0,3}")
_USER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,31}")
# Ranges that no Pod or Service can have.
_UNUSABLE: dict[Network, str] = {
    ip_network("0.0.0.0/8"): "unspecified",
    ip_network("127.0.0.0/8"): "loopback",
    ip_network("169.254.0.0/16"): "link-local",
    ip_network("224.0.0.0/4"): "multicast",
    ip_network("::1/128"): "loopback",
    ip_network("fe80::/10"): "link-local",
    ip_network("ff00::/8"): "multicast",
}


def refused(problem: str, allowed: str, remedy: str) -> PydanticCustomError:
    """Make the error that a validator raises; none of the texts may hold a secret."""
    context = {"problem": problem, "allowed": allowed, "remedy": remedy}
    return PydanticCustomError(REFUSED, "{problem}", context)


def _cluster_name(name: str) -> str:
    allowed = "lower-case letters, digits and '-', at most 32, not 'default', no '-' at an end"
    remedy = "give the name that the cluster's own cilium-config has as cluster-name"
    if name == "default":
        raise refused("'default' is Cilium's name for a cluster without a name", allowed, remedy)
    if not name:
        raise refused("the name is empty", allowed, remedy)
    if len(name) > 32:
        raise refused(f"the name has {len(name)} characters", allowed, remedy)
    if not _CLUSTER_NAME.fullmatch(name):
        raise refused("the name has a character where it may not stand", allowed, remedy)
    return name


def _network(value: object) -> Network:
    allowed = "a network in CIDR notation, IPv4 or IPv6, such as 10.10.0.0/16"
    remedy = "give the range that the cluster was made with"
    if not isinstance(value, str) or not value.rpartition("/")[2].isdecimal():
        raise refused("this is no CIDR", allowed, remedy)
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise refused("this is no CIDR", allowed, remedy) from None
    if network.network_address != ip_address(value.rpartition("/")[0]):
        raise refused("the address has host bits set", allowed, f"write {network}")
    for unusable, kind in _UNUSABLE.items():
        if unusable.overlaps(network):
            text = f"the range holds {kind} addresses ({unusable})"
            raise refused(text, "a unicast range that Pods and Services can have", remedy)
    return network


def _some(networks: tuple[Network, ...]) -> tuple[Network, ...]:
    if not networks:
        remedy = "give the ranges that the cluster was made with"
        raise refused("the list is empty", "at least one CIDR", remedy)
    return networks


def _text(
    is_valid: Callable[[str], object], problem: str, allowed: str, remedy: str
) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not is_valid(text):
            raise refused(problem, allowed, remedy)
        return text

    return check


def _is_ip(text: str) -> bool:
    try:
        return "%" not in str(ip_address(text))
    except ValueError:
        return False


def _is_dns_name(text: str) -> bool:
    # All digits and dots: a mistyped IPv4 address, not a name.
    numeric = text.replace(".", "").isdecimal()
    return len(text) <= 253 and not numeric and bool(_DNS_NAME.fullmatch(text))


def _is_image(text: str) -> bool:
    return len(text) <= 512 and bool(_IMAGE.fullmatch(text))


def _is_full_version(text: str) -> bool:
    return bool(_VERSION.fullmatch(text)) and text.count(".") == 2


def _kubespray_version(text: str) -> str:
    found = parse(text) if _VERSION.fullmatch(text) else None
    allowed = f"{OLDEST_KUBESPRAY.minor_text} or newer, such as '2.31' or 'v2.31.0'"
    if found is None:
        raise refused("this is no version", allowed, "give that of the Kubespray in the image")
    if found < OLDEST_KUBESPRAY:
        raise refused(
            f"Kubespray {found.minor_text} installs Cilium without a Helm release, so the cluster"
            " could not join the mesh",
            allowed,
            "take a spray-job image with a newer Kubespray",
        )
    return text


def _host_key(text: str) -> str:
    found = _HOST_KEY.match(text)
    if found is None:
        allowed = "the type and the base64 of a public key, such as `ssh-ed25519 AAAA…`"
        remedy = "take them from `ssh-keyscan`, or from /etc/ssh/ssh_host_ed25519_key.pub there"
        raise refused("this is no public host key", allowed, remedy)
    return found.group()


def _between(low: int, high: int, what: str, remedy: str) -> Callable[[int], int]:
    def check(number: int) -> int:
        if not low <= number <= high:
            raise refused("the number is out of range", f"{what} from {low} to {high}", remedy)
        return number

    return check


_dns_label = _text(
    _DNS_LABEL.fullmatch,
    "this is no Kubernetes name",
    "lower-case letters, digits and '-', at most 63, no '-' at an end",
    "give the name of an object",
)
_object_name = _text(
    _is_dns_name,
    "this is no Kubernetes name",
    "lower-case letters, digits, '-' and '.', at most 253",
    "give the name of an object",
)
_dns_name = _text(
    _is_dns_name,
    "this is no DNS name",
    "a DNS name such as kubernetes.default.svc",
    "give a name that the certificate has",
)
# `cilium clustermesh connect --destination-endpoint` takes IP:PORT only.
_ip = _text(
    _is_ip,
    "this is no IP address",
    "an IP address without port",
    "give the IP that the peers' nodes reach; the port goes to nodePort",
)
_host = _text(
    lambda text: _is_ip(text) or _is_dns_name(text),
    "this is no address",
    "an IP address or a DNS name, without scheme and port",
    "the port goes to nodePort",
)
_image = _text(
    _is_image,
    "this is no image reference",
    "registry/path:tag, with or without @sha256:<64 hex digits>",
    "give what the node can pull",
)
_kubernetes_version = _text(
    _is_full_version,
    "this is no version",
    "a version such as '1.33.4'",
    "give one that this Kubespray knows, or leave the key out for its default",
)
_url = _text(
    _URL.fullmatch,
    "this is no such URL",
    "a URL with http, https, ftp or file, in which {el} and {arch} may stand",
    "give where the nodes can download from",
)
_user_name = _text(
    _USER_NAME.fullmatch,
    "this is no user name",
    "letters, digits, '.', '_' and '-', at most 32, no '-' in front",
    "give who logs in to the node",
)
_cilium_version = _text(
    _VERSION.fullmatch,
    "this is no version",
    'a version such as "1.18" or "1.18.4", in quotes',
    "give the Cilium that the nodes are to run",
)
_chart_version = _text(
    _CHART_VERSION.fullmatch,
    "this is no version of a chart",
    "a whole version such as '1.18.4', no range",
    "give the one to be installed",
)
_chart_name = _text(
    _CHART_NAME.fullmatch,
    "this is no chart",
    "the name of a chart in the repository, oci://…, or the path of a folder",
    "leave it out for Cilium's own chart",
)

ClusterName = Annotated[str, AfterValidator(_cluster_name)]
ClusterId = Annotated[
    int, AfterValidator(_between(1, 511, "an id", "give the id that the cluster had in the mesh"))
]
Cidr = Annotated[Network, PlainValidator(_network)]
Cidrs = Annotated[tuple[Cidr, ...], AfterValidator(_some)]
Namespace = Annotated[str, AfterValidator(_dns_label)]
ObjectName = Annotated[str, AfterValidator(_object_name)]
DnsName = Annotated[str, AfterValidator(_dns_name)]
IpAddress = Annotated[str, AfterValidator(_ip)]
Host = Annotated[str, AfterValidator(_host)]
Image = Annotated[str, AfterValidator(_image)]
NodePort = Annotated[
    int,
    AfterValidator(
        _between(
            NODE_PORT_MIN,
            NODE_PORT_MAX,
            "a NodePort",
            "choose a port of Kubernetes' NodePort range, or leave the key out",
        )
    ),
]
Port = Annotated[int, AfterValidator(_between(1, 65535, "a port", "choose another port"))]
Seconds = Annotated[
    int, AfterValidator(_between(1, 3600, "seconds", "give whole seconds, at most an hour"))
]
OperationSeconds = Annotated[
    int,
    AfterValidator(_between(1, 21600, "seconds", "give whole seconds, at most six hours")),
]
KubesprayVersion = Annotated[str, AfterValidator(_kubespray_version)]
KubernetesVersion = Annotated[str, AfterValidator(_kubernetes_version)]
Url = Annotated[str, AfterValidator(_url)]
HostKey = Annotated[str, AfterValidator(_host_key)]
UserName = Annotated[str, AfterValidator(_user_name)]
CiliumVersion = Annotated[str, AfterValidator(_cilium_version)]
ChartVersion = Annotated[str, AfterValidator(_chart_version)]
ChartName = Annotated[str, AfterValidator(_chart_name)]
Replicas = Annotated[int, AfterValidator(_between(1, 100, "Pods", "give a smaller number"))]
Requests = Annotated[int, AfterValidator(_between(1, 1000, "requests", "give a smaller number"))]
