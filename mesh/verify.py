"""Prove a stack's mesh again with traffic, without an update.

It reads the stack's outputs, changes nothing, prints the matrix as a table, and exits with 1 if the
mesh is not whole.
"""

import argparse
import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from components.common.scrubbing import scrub
from components.kubeconfig import yaml_text
from components.reachability import matrix, table
from components.scripts.lib import step
from components.scripts.verify import verify


def main(words: Sequence[str]) -> int:
    """Verify the mesh of the named or selected stack; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mesh verify", description=__doc__)
    parser.add_argument("--stack", help="the stack; by default the selected one")
    stack = parser.parse_args(words).stack
    try:
        outputs = _outputs(stack)
        stdin, environment = _inputs(outputs)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        code = step.run("verify", verify, stdin, environment)
    if written.getvalue():
        rows = json.loads(written.getvalue())["matrix"]
        print(table.render(matrix.from_list(rows)))
    return code


def _outputs(stack: str | None) -> dict[str, Any]:
    command = ["pulumi", "stack", "output", "--json", "--show-secrets"]
    chosen = ["--stack", stack] if stack else []
    try:
        done = subprocess.run([*command, *chosen], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ValueError("pulumi is not on PATH: install it and run again") from None
    if done.returncode != 0:
        raise ValueError(f"the stack's outputs cannot be read: {scrub(done.stderr.strip())}")
    return dict(json.loads(done.stdout))


def _inputs(outputs: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the script's stdin and environment, as components/mesh_verification.py sets them."""
    verification = outputs.get("verification")
    if not verification:
        raise ValueError(
            "the stack has no verification: run `pulumi up` first, with verification.enabled"
        )
    kubeconfig = yaml_text.read(outputs["kubeconfig"])
    return json.dumps({"kubeconfig": kubeconfig}), {"SPEC": json.dumps(verification["spec"])}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
