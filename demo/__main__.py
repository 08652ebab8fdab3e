"""`python -m demo`: join the lab's clusters with `pulumi up`, then show the mesh.

`python -m demo pulumi WORDS...` runs any other pulumi command on the same stack, with `--project
FOLDER` in front on the one of another project, such as examples/consumer. `python -m demo verify`
repeats the proof without an update, and `python -m demo report` shows the mesh again.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import dependencies
from demo.engine import EngineError, LabStack

_REQUESTS = 6


def main(words: Sequence[str]) -> int:
    """Run the demo, or one pulumi command; gives the exit code."""
    project, words = _read(words)
    stack = LabStack("dev", Path(__file__).resolve().parents[1], project)
    try:
        if project:
            dependencies.install(project)
        stack.prepare()
        if words[:1] == ["pulumi"]:
            return stack.run(*stack.engine(*words[1:])).returncode
        if words[:1] == ["verify"]:
            return _python(stack, "mesh", "verify")
        if words[:1] == ["report"]:
            return _python(stack, "mesh", "report")
        stack.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack.name)
        show(stack, Console())
        return _python(stack, "mesh", "report")
    except EngineError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _python(stack: LabStack, *words: str) -> int:
    """Run a module of the project on the stack; gives its exit code."""
    return stack.run(sys.executable, "-m", *words, "--stack", stack.name).returncode


def _read(words: Sequence[str]) -> tuple[Path | None, list[str]]:
    """Give the folder of another project, if one is meant, and what is to be run."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--project", type=Path, help="the folder of another Pulumi project")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="pulumi WORDS..., or verify")
    read = parser.parse_args(words)
    if read.project and read.words[:1] != ["pulumi"]:
        parser.error("--project goes with `pulumi WORDS...`")
    return read.project.resolve() if read.project else None, read.words


def show(stack: LabStack, console: Console) -> None:
    """Show the proof as one does it by hand."""
    outputs = stack.outputs()
    names = [cluster["name"] for cluster in outputs["clusters"]]
    demo = outputs["verification"]["spec"]["demo"]
    url = f"http://{demo['service']}.{demo['namespace']}"
    for name in names:
        console.print(f"\n[bold]{name}[/]$ curl {url}    # from an x-wing Pod, {_REQUESTS} times")
        for answer in _answers(stack, name, demo, url):
            console.print(f"  {answer}", highlight=False)


def _answers(stack: LabStack, cluster: str, demo: Mapping[str, Any], url: str) -> list[str]:
    """What a Pod of that cluster gets from the global Service."""
    loop = f"for i in $(seq {_REQUESTS}); do curl -sS --max-time 5 {url}; done"
    kubeconfig = str(stack.home / f"{cluster}.kubeconfig")
    done = stack.run(
        *("kubectl", "--kubeconfig", kubeconfig, "-n", demo["namespace"]),
        *("exec", "deployment/x-wing", "--", "sh", "-c", loop),
        quiet=True,
    )
    if done.returncode:
        raise EngineError(f"curl from {cluster} failed: {done.stderr.strip()[-800:]}")
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
