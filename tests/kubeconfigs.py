"""Kubeconfigs for tests, with keys that are made on demand and never stored."""

import base64
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import RLock
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

_MAKING = RLock()
USUAL_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "127.0.0.1")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, both PEM."""

    cert: str
    key: str

    @property
    def cert_data(self) -> str:
        return base64.b64encode(self.cert.encode()).decode()

    @property
    def key_data(self) -> str:
        return base64.b64encode(self.key.encode()).decode()


def ca(name: str = "ca", days: int = 365) -> Pair:
    """Return the CA for this name and these days, made once in a test run."""
    # Two threads that ask at the same moment would get two different CAs.
    with _MAKING:
        return _signed(name, None, (), is_ca=True, days=days)


def leaf(name: str, issuer: Pair | None = None, names: tuple[str, ...] = ()) -> Pair:
    """Make a certificate for servers and clients, signed by the issuer (default: `ca()`)."""
    return _signed(name, issuer or ca(), names, is_ca=False, days=30)


def kubeadm(
    server: str, issuer: str = "ca", context: str = "kubernetes-admin@cluster.local", **user: Any
) -> dict[str, Any]:
    """A kubeconfig as kubeadm and Kubespray write it: the same names in every cluster."""
    client = leaf("kubernetes-admin", ca(issuer))
    certificates = {
        "client-certificate-data": client.cert_data,
        "client-key-data": client.key_data,
    }
    return {
        "apiVersion": "v1",
        "clusters": [
            {
                "cluster": {"certificate-authority-data": ca(issuer).cert_data, "server": server},
                "name": "cluster.local",
            }
        ],
        "contexts": [
            {
                "context": {"cluster": "cluster.local", "user": "kubernetes-admin"},
                "name": context,
            }
        ],
        "current-context": context,
        "kind": "Config",
        "preferences": {},
        "users": [{"name": "kubernetes-admin", "user": user or certificates}],
    }


def as_text(kubeconfig: dict[str, Any]) -> str:
    return yaml.safe_dump(kubeconfig, sort_keys=False)


@cache
def _signed(
    name: str, issuer: Pair | None, names: tuple[str, ...], *, is_ca: bool, days: int
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, signing_key = subject, key
    if issuer is not None:
        signer = x509.load_pem_x509_certificate(issuer.cert.encode()).subject
        loaded = load_pem_private_key(issuer.key.encode(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signing_key = loaded
    end = datetime.now(UTC) + timedelta(days=days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=4000))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if names:
        listed = [_general_name(one) for one in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(listed), critical=False)
    certificate = builder.sign(signing_key, hashes.SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Pair(certificate.public_bytes(Encoding.PEM).decode(), secret.decode())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
