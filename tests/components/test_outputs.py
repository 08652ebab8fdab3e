"""Readers of a stack's outputs can rely on their shape as long as schemaVersion stays."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.common.outputs_schema import SCHEMA_VERSION, MeshOutputs, schema
from tests.components.conftest import Run, plain
from tests.components.programs import program
from tests.mesh_outputs import mesh_outputs

ROOT = Path(__file__).parents[2]
PUBLISHED: dict[str, Any] = json.loads((ROOT / "docs/outputs.schema.json").read_text())
BROKEN = (
    "{lost}: the outputs have lost or changed what docs/outputs.schema.json promises, and programs"
    " that read them break. Raise SCHEMA_VERSION in components/common/outputs_schema.py, write into"
    " CHANGELOG.md under `schemaVersion {next}` what they have to change, and print the schema anew"
)
STALE = (
    "`python -m components.common.outputs_schema > docs/outputs.schema.json`; nothing is broken by "
    "it, so SCHEMA_VERSION stays"
)


def lost(before: Any, now: Any, path: str = "outputs") -> list[str]:
    """What was promised before and is not now; more keys or descriptions break nobody."""
    if isinstance(before, dict) and isinstance(now, dict):
        told = [key for key in before if key not in ("description", "title")]
        return [
            one
            for key in told
            for one in (lost(before[key], now[key], f"{path}.{key}") if key in now else [path])
        ]
    if isinstance(before, list) and isinstance(now, list):
        return [f"{path}: {one}" for one in before if one not in now]
    return [] if before == now else [path]


def outputs_of_the_program(**settings: Any) -> dict[str, Any]:
    recorded = Run(preview=False)(lambda: program(**settings))
    exported = recorded.outputs["pulumi:pulumi:Stack::cilium-clustermesh-test"]
    return {key: plain(value) for key, value in exported.items()}


def test_a_change_of_shape_raises_the_schema_version_and_is_in_the_changelog() -> None:
    published = PUBLISHED["properties"]["schemaVersion"]["maximum"]
    if published == SCHEMA_VERSION:
        gone = lost(PUBLISHED, schema())
        assert not gone, BROKEN.format(lost=", ".join(gone), next=SCHEMA_VERSION + 1)
    assert schema() == PUBLISHED, STALE
    if SCHEMA_VERSION > 1:
        assert f"schemaVersion {SCHEMA_VERSION}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("settings", [{}, {"verification": {"enabled": False}}], ids=str)
def test_the_program_exports_that_shape_and_nothing_beside_it(settings: dict[str, Any]) -> None:
    exported = outputs_of_the_program(**settings)
    read = MeshOutputs.model_validate(exported).model_dump(by_alias=True, exclude_unset=True)
    assert json.loads(json.dumps(read)) == exported


def test_the_outputs_that_the_readers_are_tested_with_have_that_shape() -> None:
    outputs = mesh_outputs()
    read = MeshOutputs.model_validate(outputs).model_dump(by_alias=True, exclude_unset=True)
    assert json.loads(json.dumps(read)) == outputs


@pytest.mark.parametrize(
    ("before", "now", "gone"),
    [
        ({"a": {"type": "string"}}, {"a": {"type": "string"}, "b": {}}, []),
        ({"a": {"description": "x"}}, {"a": {"description": "y"}}, []),
        ({"a": {"type": "string"}}, {"b": {"type": "string"}}, ["outputs"]),
        ({"a": {"type": "string"}}, {"a": {"type": "integer"}}, ["outputs.a.type"]),
        ({"required": ["a"]}, {"required": ["a", "b"]}, []),
        ({"required": ["a"]}, {"required": []}, ["outputs.required: a"]),
    ],
)
def test_a_lost_or_changed_key_is_found_and_a_new_one_is_none(
    before: Any, now: Any, gone: list[str]
) -> None:
    assert lost(before, now) == gone
