"""The check of a CA that the stack config brings along."""

import base64
import binascii
from collections.abc import Iterator, Mapping

from .faults import Fault, key_path

CERT_ALLOWED = "one CA certificate in PEM, or base64 of that"
KEY_ALLOWED = "the unencrypted private key of ca.cert in PEM, or base64 of that"
SECRET_HINT = "pulumi config set --secret --path 'cilium-clustermesh:ca.key' < ca.key"


def pem(text: str) -> str:
    """Give PEM for PEM or for base64 of PEM, as Helm values have it; other text as it is."""
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return text
    return decoded if "-----BEGIN " in decoded else text


def ca_faults(ca: object) -> Iterator[Fault]:
    """Find every fault of the raw `ca` section that lies between its values."""
    if not isinstance(ca, Mapping):
        return
    from_config = ca.get("source", "firstCluster") == "config"
    for name in ("cert", "key"):
        if from_config and ca.get(name) is None:
            yield _missing(name)
        elif not from_config and ca.get(name) is not None:
            yield _idle(name)
    if from_config:
        # cryptography takes a while to import, and most configs bring no CA.
        from .ca_pair import pair_faults

        yield from pair_faults(ca.get("cert"), ca.get("key"))


def _missing(name: str) -> Fault:
    allowed = CERT_ALLOWED if name == "cert" else KEY_ALLOWED
    remedy = "give it" if name == "cert" else SECRET_HINT
    return Fault(key_path("ca", name), "it is missing with ca.source config", allowed, remedy)


def _idle(name: str) -> Fault:
    return Fault(
        key_path("ca", name),
        "it is given, but ca.source does not use it",
        "ca.cert and ca.key together with ca.source config",
        "set ca.source to config, or remove the key",
    )
