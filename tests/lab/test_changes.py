"""Changes to a live mesh: followed if that is safe, otherwise refused with the reason."""

from datetime import UTC, datetime, timedelta

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh, helm_release
from tests.lab.surgery import move_node, renew_api_certificate

SYSTEM = ("-n", "kube-system")
MOVED = "172.30.99.2"


def test_another_ca_is_refused_with_the_steps_and_the_mesh_stays(mesh: Mesh, lab: Lab) -> None:
    """Certificates of two CAs would cut every connection until both sides have the new one."""
    before = lab.get(2, "secret", "cilium-ca", *SYSTEM)["data"]
    cert, key = _new_ca()
    mesh.canaries.plant("another CA", key)
    mesh.configure(1, 2, ca={"source": "config", "cert": cert})
    set_key = ("config", "set", "--secret", "--path", "cilium-clustermesh:ca.key")
    mesh.stack.run("pulumi", *set_key, "--stack", mesh.stack.name, quiet=True, stdin=key)
    done = mesh.try_up()
    mesh.configure(1, 2)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "ClusterMesh already runs here with certificates from another cilium-ca" in said
    assert lab.get(2, "secret", "cilium-ca", *SYSTEM)["data"] == before
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02")


def test_other_node_ports_and_another_node_address_are_followed(mesh: Mesh, lab: Lab) -> None:
    """The address changes even if the API server's certificate lacks it."""
    move_node(lab, 2, MOVED)
    mesh.change(2, {"apiServer": {"nodePort": 31999}, "mesh": {"nodePort": 32001}})
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02")
    second = mesh.outputs()["clusters"][1]
    assert second["apiServerUrl"] == f"https://{MOVED}:31999"
    assert second["meshEndpoint"] == f"{MOVED}:32001"
    assert helm_release(lab, 1).peers["cluster02"] == f"{MOVED}:32001"
    assert _server(mesh, "cluster02")["tls-server-name"] == "kubernetes.default.svc"
    _nothing_is_left_to_do(mesh)


def test_another_api_certificate_is_followed(mesh: Mesh, lab: Lab) -> None:
    """One that covers the new address, so that no name has to stand in for it any more."""
    renew_api_certificate(lab, 2, MOVED)
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02")
    assert "tls-server-name" not in _server(mesh, "cluster02")
    _nothing_is_left_to_do(mesh)


def _server(mesh: Mesh, name: str) -> dict[str, str]:
    """The cluster's entry in the merged kubeconfig."""
    document = yaml.safe_load(mesh.outputs(secrets=True)["kubeconfig"])
    (entry,) = (one["cluster"] for one in document["clusters"] if one["name"] == name)
    return dict(entry)


def _nothing_is_left_to_do(mesh: Mesh) -> None:
    done = mesh.preview("--refresh", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


def _new_ca() -> tuple[str, str]:
    """A CA's certificate and key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another CA")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(pem).decode(), private.decode()
