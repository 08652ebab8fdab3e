"""This release takes over what an earlier one created, on the same clusters."""

import json
from typing import Any

from tests.engine.baseline.__main__ import SECRET, SECRET_KEY
from tests.engine.test_compatibility import STATE, former_urn
from tests.lab.labs import Lab
from tests.lab.meshes import Mesh, own_objects

# Facts that the release recorded: here the clusters are others.
FACTS = {"pulumi-python:dynamic/cilium-clustermesh:MeshIdentity": ("inputs", "outputs")}
OF_KUBERNETES = ("outputs",)
Json = Any


def test_a_mesh_of_the_release_before_is_updated_without_a_replacement(
    mesh: Mesh, lab: Lab
) -> None:
    """Neither in the plan nor in the clusters; afterwards nothing is left to do."""
    live = mesh.export()
    before = {number: own_objects(lab, number) for number in (1, 2)}
    try:
        mesh.import_state(_as_the_release_before_left_it(live))
        done = mesh.preview("--json")
        assert done.returncode == 0, done.stdout + done.stderr
        planned = {step["op"] for step in json.loads(done.stdout)["steps"]}
        assert "update" in planned
        assert planned <= {"same", "update", "create"}
        mesh.up()
        assert mesh.is_whole("cluster01", "cluster02")
        assert {number: own_objects(lab, number) for number in (1, 2)} == before
        assert mesh.preview("--expect-no-changes").returncode == 0
    finally:
        mesh.import_state(live)


def _as_the_release_before_left_it(live: Json) -> Json:
    """The baseline, with the secrets of the live state in place of those it does not hold."""
    exported = json.loads(STATE.read_text())
    known = {former_urn(one): one for one in live["deployment"]["resources"]}
    deployment = exported["deployment"]
    deployment["secrets_providers"] = live["deployment"]["secrets_providers"]
    deployment["resources"] = [_taken_over(one, known) for one in deployment["resources"]]
    return exported


def _taken_over(resource: Json, known: Json) -> Json:
    kind, live = resource["type"], known.get(resource["urn"], {})
    facts = FACTS.get(kind, OF_KUBERNETES if kind.startswith("kubernetes:") else ())
    return {**_filled(resource, live), **{key: live[key] for key in facts}}


def _filled(value: Json, live: Json) -> Json:
    if isinstance(value, dict) and value.get(SECRET_KEY) == SECRET:
        return live or value
    if isinstance(value, dict):
        around = live if isinstance(live, dict) else {}
        return {key: _filled(inner, around.get(key)) for key, inner in value.items()}
    return value
