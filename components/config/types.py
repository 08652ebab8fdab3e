"""The value types of the stack config; each refusal says what is allowed and how to fix it.

A `title` is the word for the kind of value in docs/configuration.md.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, SecretStr
from pydantic_core import PydanticCustomError

from ..common.versions import parse
from .kubespray import OLDEST as OLDEST_KUBESPRAY

Network = IPv4Network | IPv6Network

NODE_PORT_MIN, NODE_PORT_MAX = 30000, 32767
# The type of a custom pydantic error; faults/from_pydantic.py looks for it.
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
# A name, oci://registry/path, or a path; nothing that Helm would take for an option.
_CHART_NAME = re.compile(r"[A-Za-z0-9._/][A-Za-z0-9._/:@+-]{0,511}")
_VERSION = re.compile(r"v?\d{1,4}\.\d{1,4}(\.\d{1,4})?")
# Nothing that is special to a shell or in a yum repository file.
_URL = re.compile(r"(https?|ftp|file)://[A-Za-z0-9._~:/?#@!&=+%{}\[\]-]+")
_HOST_KEY = re.compile(r"(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]{40,}={0,3}")
_USER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,31}")
# Ranges from which no Pod or Service can get an address.
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
    """Return the error that a validator raises; none of the texts may contain a secret."""
    context = {"problem": problem, "allowed": allowed, "remedy": remedy}
    return PydanticCustomError(REFUSED, "{problem}", context)


def _cluster_name(name: str) -> str:
    allowed = "lower-case letters, digits and '-', at most 32, not 'default', no '-' at an end"
    remedy = "use the cluster-name in the cluster's own cilium-config"
    if name == "default":
        raise refused("'default' is what Cilium calls a cluster without a name", allowed, remedy)
    if not name:
        raise refused("the name is empty", allowed, remedy)
    if len(name) > 32:
        raise refused(f"the name has {len(name)} characters", allowed, remedy)
    if not _CLUSTER_NAME.fullmatch(name):
        raise refused("the name has a character that is not allowed there", allowed, remedy)
    return name


def _network(value: object) -> Network:
    allowed = "a network in CIDR notation, IPv4 or IPv6, such as 10.10.0.0/16"
    remedy = "use the range that the cluster was made with"
    if not isinstance(value, str) or not value.rpartition("/")[2].isdecimal():
        raise refused("this is not a CIDR", allowed, remedy)
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise refused("this is not a CIDR", allowed, remedy) from None
    if network.network_address != ip_address(value.rpartition("/")[0]):
        raise refused("the address has host bits set", allowed, f"write {network}")
    for unusable, kind in _UNUSABLE.items():
        if unusable.overlaps(network):
            text = f"the range contains {kind} addresses ({unusable})"
            raise refused(text, "a unicast range that Pods and Services can use", remedy)
    return network


def _some(networks: tuple[Network, ...]) -> tuple[Network, ...]:
    if not networks:
        remedy = "add the ranges that the cluster was made with"
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
        raise refused("this is not a version", allowed, "use that of the Kubespray in the image")
    if found < OLDEST_KUBESPRAY:
        raise refused(
            f"Kubespray {found.minor_text} installs Cilium without a Helm release, so the cluster"
            " could not join the mesh",
            allowed,
            "use a spray-job image with a newer Kubespray",
        )
    return text


def _host_key(text: str) -> str:
    found = _HOST_KEY.match(text)
    if found is None:
        allowed = "the type and the base64 of a public key, such as `ssh-ed25519 AAAA…`"
        remedy = "copy it from `ssh-keyscan`, or from /etc/ssh/ssh_host_ed25519_key.pub on the host"
        raise refused("this is not a public host key", allowed, remedy)
    return found.group()


def _private_key(secret: SecretStr) -> SecretStr:
    # It takes a while to import, and most configs have no key.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        load_pem_private_key,
        load_ssh_private_key,
    )

    # The line ends that ssh insists on.
    text = "\n".join(secret.get_secret_value().strip().splitlines()) + "\n"
    load = load_ssh_private_key if "BEGIN OPENSSH" in text else load_pem_private_key
    allowed = "an unencrypted private key as ssh-keygen writes it, or PEM"
    remedy = (
        "use the content of the key file, with `pulumi config set --secret --path`; `ssh-keygen -p`"
        " removes the passphrase from a copy"
    )
    try:
        load(text.encode(), password=None)
    except TypeError:
        raise refused("the private key is encrypted", allowed, remedy) from None
    except (ValueError, UnsupportedAlgorithm):
        raise refused("this is not a private key", allowed, remedy) from None
    return SecretStr(text)


def _between(low: int, high: int, what: str, remedy: str) -> Callable[[int], int]:
    def check(number: int) -> int:
        if not low <= number <= high:
            raise refused("the number is out of range", f"{what} from {low} to {high}", remedy)
        return number

    return check


_dns_label = _text(
    _DNS_LABEL.fullmatch,
    "this is not a Kubernetes name",
    "lower-case letters, digits and '-', at most 63, no '-' at an end",
    "use the name of an object",
)
_object_name = _text(
    _is_dns_name,
    "this is not a Kubernetes name",
    "lower-case letters, digits, '-' and '.', at most 253",
    "use the name of an object",
)
_dns_name = _text(
    _is_dns_name,
    "this is not a DNS name",
    "a DNS name such as kubernetes.default.svc",
    "use a name from the certificate",
)
# `cilium clustermesh connect --destination-endpoint` takes IP:PORT only.
_ip = _text(
    _is_ip,
    "this is not an IP address",
    "an IP address without a port",
    "use the IP address that the peers' nodes reach; a port belongs in nodePort",
)
_host = _text(
    lambda text: _is_ip(text) or _is_dns_name(text),
    "this is not an address",
    "an IP address or a DNS name, without scheme or port",
    "remove scheme and port; a port has a key of its own",
)
_image = _text(
    _is_image,
    "this is not an image reference",
    "registry/path:tag, with or without @sha256:<64 hex digits>",
    "use an image that the nodes can pull",
)
_kubernetes_version = _text(
    _is_full_version,
    "this is not a version",
    "a version such as '1.33.4'",
    "use one that this Kubespray knows, or omit the key for its default",
)
_url = _text(
    _URL.fullmatch,
    "this is not a URL of these kinds",
    "an http, https, ftp or file URL, which may contain {el} and {arch}",
    "use a URL that the nodes can download from",
)
_user_name = _text(
    _USER_NAME.fullmatch,
    "this is not a user name",
    "letters, digits, '.', '_' and '-', at most 32, no '-' at the start",
    "use the name of the user that logs in to the node",
)
_cilium_version = _text(
    _VERSION.fullmatch,
    "this is not a version",
    'a version such as "1.18" or "1.18.4", in quotes',
    "use the Cilium version that the nodes are to run",
)
_chart_version = _text(
    _CHART_VERSION.fullmatch,
    "this is not the version of a chart",
    "a full version such as '1.18.4', not a range",
    "use the version to be installed",
)
_chart_name = _text(
    _CHART_NAME.fullmatch,
    "this is not a chart",
    "the name of a chart in the repository, oci://…, or the path of a folder",
    "omit the key for Cilium's own chart",
)

ClusterName = Annotated[str, AfterValidator(_cluster_name), Field(title="name")]
ClusterId = Annotated[
    int, AfterValidator(_between(1, 511, "an id", "use the id that the cluster had in the mesh"))
]
Cidr = Annotated[Network, PlainValidator(_network)]
Cidrs = Annotated[tuple[Cidr, ...], AfterValidator(_some)]
Namespace = Annotated[str, AfterValidator(_dns_label), Field(title="name")]
ObjectName = Annotated[str, AfterValidator(_object_name), Field(title="name")]
DnsName = Annotated[str, AfterValidator(_dns_name), Field(title="DNS name")]
IpAddress = Annotated[str, AfterValidator(_ip), Field(title="IP address")]
Host = Annotated[str, AfterValidator(_host), Field(title="address")]
Image = Annotated[str, AfterValidator(_image), Field(title="image")]
NodePort = Annotated[
    int,
    AfterValidator(
        _between(
            NODE_PORT_MIN,
            NODE_PORT_MAX,
            "a NodePort",
            "choose a port in Kubernetes' NodePort range, or omit the key",
        )
    ),
    Field(title="port"),
]
Port = Annotated[
    int, AfterValidator(_between(1, 65535, "a port", "choose another port")), Field(title="port")
]
Seconds = Annotated[
    int, AfterValidator(_between(1, 3600, "seconds", "use whole seconds, at most an hour"))
]
OperationSeconds = Annotated[
    int, AfterValidator(_between(1, 21600, "seconds", "use whole seconds, at most six hours"))
]
KubesprayVersion = Annotated[str, AfterValidator(_kubespray_version), Field(title="version")]
KubernetesVersion = Annotated[str, AfterValidator(_kubernetes_version), Field(title="version")]
Url = Annotated[str, AfterValidator(_url), Field(title="URL")]
HostKey = Annotated[str, AfterValidator(_host_key)]
SshKey = Annotated[SecretStr, AfterValidator(_private_key)]
UserName = Annotated[str, AfterValidator(_user_name)]
CiliumVersion = Annotated[str, AfterValidator(_cilium_version), Field(title="version")]
ChartVersion = Annotated[str, AfterValidator(_chart_version), Field(title="version")]
ChartName = Annotated[str, AfterValidator(_chart_name)]
_SMALL = "choose a number in this range"
Replicas = Annotated[int, AfterValidator(_between(1, 100, "Pods", _SMALL))]
Requests = Annotated[int, AfterValidator(_between(1, 1000, "requests", _SMALL))]
