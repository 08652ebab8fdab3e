"""Stacks side by side in one backend: a mesh that is only its outputs, and its reader."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.consumer import lay_out
from tests.engine.conftest import Project
from tests.mesh_outputs import SECRET

MESH = "organization/cilium-clustermesh/test"
_PROGRAM = f"""
import json, pulumi
for key, value in json.load(open("outputs.json")).items():
    pulumi.export(key, pulumi.Output.secret(value) if key in {SECRET!r} else value)
"""


def export(mesh: Project, outputs: dict[str, Any]) -> None:
    """Make a stack that exports these outputs."""
    (mesh.folder / "outputs.json").write_text(json.dumps(outputs))
    (mesh.folder / "__main__.py").write_text(_PROGRAM)
    answer = mesh.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    # From here on only the engine can give its secrets away.
    (mesh.folder / "outputs.json").unlink()


def beside(mesh: Project) -> Project:
    """examples/consumer in the backend of that stack, which it refers to."""
    made = replace(mesh, folder=mesh.folder.with_name("consumer"), said=[])
    lay_out(made.folder)
    for words in (("stack", "init", "test"), ("config", "set", "mesh", MESH)):
        answer = made.pulumi(*words)
        assert answer.returncode == 0, answer.stderr
    return made


def rendering(consumer: Project) -> None:
    """Write to files what would go to a cluster, so that the stack can be created."""
    program = consumer.folder / "__main__.py"
    program.rename(consumer.folder / "program.py")
    shutil.copy(Path(__file__).with_name("rendering.py"), program)
