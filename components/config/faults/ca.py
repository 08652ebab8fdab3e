"""Checks of a CA in the stack config."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .fault import Fault, key_path

# cryptography takes a while to import, and most configs have no CA.
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

CERT_ALLOWED = "one CA certificate in PEM, or base64 of that"
KEY_ALLOWED = "the unencrypted private key of ca.cert in PEM, or base64 of that"
SECRET_HINT = "pulumi config set --secret --path 'cilium-clustermesh:ca.key' < ca.key"


def pem(text: str) -> str:
    """Return PEM for PEM or for base64 of PEM, as Helm values have it; other text unchanged."""
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return text
    return decoded if "-----BEGIN " in decoded else text


def ca_faults(ca: object) -> Iterator[Fault]:
    """Yield every fault of the raw `ca` section that its keys have together."""
    if not isinstance(ca, Mapping):
        return
    from_config = ca.get("source", "firstCluster") == "config"
    for name in ("cert", "key"):
        if from_config and ca.get(name) is None:
            yield _missing(name)
        elif not from_config and ca.get(name) is not None:
            yield _idle(name)
    if from_config:
        yield from pair_faults(ca.get("cert"), ca.get("key"))


def _missing(name: str) -> Fault:
    allowed = CERT_ALLOWED if name == "cert" else KEY_ALLOWED
    remedy = "add the content of ca.crt" if name == "cert" else SECRET_HINT
    return Fault(key_path("ca", name), "it is missing with ca.source config", allowed, remedy)


def _idle(name: str) -> Fault:
    return Fault(
        key_path("ca", name),
        "it is set, but ca.source does not use it",
        "ca.cert and ca.key only with ca.source config",
        "set ca.source to config, or remove the key",
    )


def pair_faults(cert_text: object, key_text: object) -> Iterator[Fault]:
    """Yield every fault of a CA's certificate and key; a missing one is no fault here."""
    cert = _certificate(cert_text) if isinstance(cert_text, str) else None
    key = _private_key(key_text) if isinstance(key_text, str) else None
    if isinstance(cert_text, str) and cert is None:
        yield _cert_fault("this is not a certificate", "use the content of ca.crt")
    if isinstance(key_text, str) and key is None:
        yield Fault(key_path("ca", "key"), "this is not a private key", KEY_ALLOWED, SECRET_HINT)
    if cert is not None:
        yield from _cert_faults(cert)
    if cert is not None and key is not None and not _belong_together(cert, key):
        text = "the key does not belong to ca.cert"
        yield Fault(key_path("ca", "key"), text, KEY_ALLOWED, SECRET_HINT)


def _cert_faults(cert: "Certificate") -> Iterator[Fault]:
    if not _is_ca(cert):
        text = "the certificate is not that of a CA (basicConstraints CA:TRUE)"
        yield _cert_fault(text, "use the CA's own certificate")
    if cert.not_valid_after_utc <= datetime.now(UTC):
        text = f"the certificate expired on {cert.not_valid_after_utc:%Y-%m-%d}"
        yield _cert_fault(text, "create a new CA")


def _cert_fault(problem: str, remedy: str) -> Fault:
    return Fault(key_path("ca", "cert"), problem, CERT_ALLOWED, remedy)


def _certificate(text: str) -> "Certificate | None":
    from cryptography.x509 import load_pem_x509_certificates

    try:
        found = load_pem_x509_certificates(pem(text).encode())
    except ValueError:
        return None
    return found[0] if len(found) == 1 else None


def _private_key(text: str) -> "PrivateKeyTypes | None":
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem(text).encode(), password=None)
    except (ValueError, TypeError):
        # TypeError: the key is encrypted.
        return None


def _is_ca(cert: "Certificate") -> bool:
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    try:
        return cert.extensions.get_extension_for_class(BasicConstraints).value.ca
    except (ExtensionNotFound, ValueError):
        return False


def _belong_together(cert: "Certificate", key: "PrivateKeyTypes") -> bool:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form) == cert.public_key().public_bytes(*form)
