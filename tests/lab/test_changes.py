"""Changes of a live mesh: followed where that is safe, else refused with the reason."""

import json
from datetime import UTC, datetime, timedelta

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh
from tests.lab.restricted import restricted_kubeconfig

SYSTEM = ("-n", "kube-system")


def test_a_changed_id_is_refused_because_of_the_identities(mesh: Mesh, lab: Lab) -> None:
    """The cluster says the new id as well, so that nothing but what was before tells."""
    _say_id(lab, 2, 9)
    mesh.entries = {2: {"id": 9}}
    mesh.configure(1, 2)
    done = mesh.preview()
    _say_id(lab, 2, 2)
    mesh.entries = {}
    mesh.configure(1, 2)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "identit" in said, said
    assert "formerId" in said
    assert "Traceback" not in said
    assert mesh.preview("--expect-no-changes").returncode == 0


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


def test_other_node_ports_and_credentials_are_followed(mesh: Mesh, lab: Lab) -> None:
    """From here on all is done with the rights of docs/rbac.yaml and no more."""
    for number in (1, 2):
        restricted = restricted_kubeconfig(lab, number)
        (user,) = yaml.safe_load(restricted.read_text())["users"]
        mesh.canaries.plant(f"token of cluster0{number}", user["user"]["token"])
        mesh.entries[number] = {"kubeconfig": str(restricted)}
    mesh.entries[2] |= {"apiServer": {"nodePort": 31999}, "mesh": {"nodePort": 32001}}
    mesh.configure(1, 2)
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02")
    second = mesh.outputs()["clusters"][1]
    assert second["apiServerUrl"].endswith(":31999")
    assert second["meshEndpoint"].endswith(":32001")
    done = mesh.preview("--refresh", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


def _say_id(lab: Lab, number: int, id_: int) -> None:
    patch = json.dumps({"data": {"cluster-id": str(id_)}})
    lab.kubectl(number, "patch", "configmap", "cilium-config", *SYSTEM, "-p", patch)


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
