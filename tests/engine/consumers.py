"""Stacks side by side in one backend: a mesh that is only its outputs, and who refers to it."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from tests.engine.conftest import REPOSITORY, Project
from tests.mesh_outputs import SECRET

CONSUMER = REPOSITORY / "examples/consumer"
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
    # From here on its secrets are the engine's alone to give away.
    (mesh.folder / "outputs.json").unlink()


def beside(mesh: Project) -> Project:
    """examples/consumer with the package as if it was installed, in the backend of that stack."""
    made = replace(mesh, folder=mesh.folder.with_name("consumer"), said=[])
    made.folder.mkdir()
    settings = yaml.safe_load((CONSUMER / "Pulumi.yaml").read_text())
    settings["runtime"]["options"]["virtualenv"] = sys.prefix
    (made.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    shutil.copy(CONSUMER / "__main__.py", made.folder)
    (made.folder / "cilium_clustermesh").symlink_to(REPOSITORY / "components")
    for words in (("stack", "init", "test"), ("config", "set", "mesh", MESH)):
        answer = made.pulumi(*words)
        assert answer.returncode == 0, answer.stderr
    return made


def rendering(consumer: Project) -> None:
    """Let what would go to a cluster go to files, so that the stack can be made."""
    program = consumer.folder / "__main__.py"
    program.rename(consumer.folder / "program.py")
    shutil.copy(Path(__file__).with_name("rendering.py"), program)
