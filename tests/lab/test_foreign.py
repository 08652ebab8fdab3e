"""What a member says, or somebody else has created in it, harms no cluster."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.cilium.helm_release import Release
from components.scripts.lib import release
from tests.lab.labs import Lab, eventually
from tests.lab.meshes import Mesh, everything, helm_release, upgrade_to

NODE = "cluster01-control-plane"
# The last line opens a text, so that whatever the chart writes next is a part of it.
PLANTED = """172.30.0.99
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: planted
  namespace: kube-system
data:
  rest: |"""


@pytest.fixture
def hostile(lab: Lab) -> Iterator[str]:
    """A node of cluster01 whose ExternalIP is a manifest, and whose kubelet is held back."""
    address = {"op": "add", "path": "/status/addresses/0"}
    patch = [address | {"value": {"type": "ExternalIP", "address": PLANTED}}]
    held("STOP", lab)
    try:
        words = ("--subresource=status", "--type=json", f"--patch={json.dumps(patch)}")
        lab.kubectl(1, "patch", "node", NODE, *words)
        yield NODE
    finally:
        held("CONT", lab)
        eventually(lambda: PLANTED not in addresses(lab), "its own addresses")


def held(signal: str, lab: Lab) -> None:
    """Stop the kubelet, which writes its addresses every ten seconds, or let it continue."""
    assert lab.exec("pkill", f"-{signal}", "-x", "kubelet", node=NODE).returncode == 0


def addresses(lab: Lab) -> list[str]:
    status = lab.get(1, "node", NODE)["status"]
    return [one["address"] for one in status["addresses"]]


def test_an_address_that_is_a_manifest_gets_into_no_other_cluster(
    mesh: Mesh, lab: Lab, hostile: str
) -> None:
    """Cilium's chart would write it into cluster02 as it is, in an upgrade that looks ordinary."""
    before = everything(lab, 2)
    for done in (mesh.preview(), mesh.try_up()):
        said = done.stdout + done.stderr
        assert done.returncode != 0
        assert f"'{hostile}' has ExternalIP '172.30.0.99\\n---" in said
    assert everything(lab, 2) == before


@pytest.fixture
def wrapper(lab: Lab, tmp_path: Path) -> Iterator[Release]:
    """Cilium of cluster01 as it is, upgraded to a chart that has nothing but Cilium's in it."""
    found = helm_release(lab, 1)
    wrapped, own = tmp_path / "wrapper", tmp_path / "own"
    release.write_chart(wrapping(found), wrapped)
    release.write_chart(found.chart, wrapped / "charts/cilium")
    release.write_chart(found.chart, own)
    upgrade_to(lab, 1, wrapped, {"cilium": found.values}, "--reset-values")
    yield helm_release(lab, 1)
    upgrade_to(lab, 1, own, found.values, "--reset-values")


def wrapping(found: Release) -> dict[str, Any]:
    version = found.chart["metadata"]["version"]
    listed = [{"name": "cilium", "version": version, "repository": "https://helm.cilium.io"}]
    described = {"apiVersion": "v2", "name": "cilium", "version": "0.1.0"}
    return {"metadata": {**described, "dependencies": listed}}


def test_a_chart_that_wraps_ciliums_is_refused_and_cilium_stays(
    mesh: Mesh, lab: Lab, wrapper: Release
) -> None:
    """Even if somebody lets the check pass: the first upgrade would delete all of Cilium."""
    before = everything(lab, 1)
    done = mesh.preview()
    assert done.returncode != 0
    assert "Cilium's Helm release cannot be managed" in done.stdout + done.stderr
    mesh.entries[1] = {**mesh.entries.get(1, {}), "mesh": {"nodePort": 32112}}
    mesh.configure(1, 2, preflight={"cilium-chart": "warn"})
    done = mesh.try_up()
    mesh.entries.pop(1)
    mesh.configure(1, 2)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert re.search(r"cluster01 is not upgraded, because\s+that would remove Cilium", said), said
    assert everything(lab, 1) == before
    assert helm_release(lab, 1).revision == wrapper.revision


def test_the_mesh_is_whole_again_without_the_wrapper(mesh: Mesh) -> None:
    """The refused update has changed nothing that would need a repair."""
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02")
