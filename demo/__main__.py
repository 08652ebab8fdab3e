"""`python -m demo`: join the lab's clusters with `pulumi up`, then show the mesh."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import dependencies
from demo.engine import EngineError, LabStack
from tools.words import refuse_unknown

VERBS = {
    "pulumi": "run another pulumi command on the same stack: `python -m demo pulumi preview`",
    "verify": "prove the mesh again, without an update",
    "report": "show the mesh again",
}
"""What each verb does, in one line; without a verb the demo runs."""
_PULUMI = ("cancel", "config", "destroy", "preview", "refresh", "stack", "state", "up")
"""Pulumi's commands that people type without `pulumi` before them."""
_REQUESTS = 6


def main(words: Sequence[str]) -> int:
    """Run the demo, or what a verb says; returns the exit code."""
    project, words = _read(words)
    stack = LabStack("dev", Path(__file__).resolve().parents[1], project)
    try:
        if project:
            dependencies.install(project)
        stack.prepare()
        if words[:1] == ["pulumi"]:
            return stack.run(*stack.engine(*words[1:])).returncode
        if words:
            return _mesh(stack, words[0])
        stack.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack.name)
        show(stack, Console())
        return _mesh(stack, "report")
    except EngineError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _mesh(stack: LabStack, verb: str) -> int:
    """Run a verb of `python -m mesh` on the stack; returns its exit code."""
    return stack.run(sys.executable, "-m", "mesh", verb, "--stack", stack.name).returncode


def _read(words: Sequence[str]) -> tuple[Path | None, list[str]]:
    """Return the folder of another project, if one is named, and the verb with its words.

    Everything else ends the program, so that a slip never starts an update.
    """
    parser = _parser()
    read = parser.parse_args(words)
    verb, *more = read.words or [""]
    if verb in _PULUMI:
        parser.error(f"there is no {verb!r}; did you mean 'pulumi {verb}'?")
    refuse_unknown(parser, read.words[:1], VERBS)
    if verb != "pulumi" and {"-h", "--help"} & {*more}:
        parser.print_help()
        parser.exit()
    if verb != "pulumi" and more:
        parser.error(f"{verb!r} takes no further words: remove {' '.join(more)!r}")
    if verb != "pulumi" and read.project:
        parser.error("--project goes with `pulumi WORDS...`")
    return read.project.resolve() if read.project else None, read.words


def _parser() -> argparse.ArgumentParser:
    lines = [f"  {verb:<8}{purpose}" for verb, purpose in VERBS.items()]
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        usage="%(prog)s [-h] [[--project FOLDER] pulumi WORDS... | verify | report]",
        description="\n".join([__doc__ or "", "", "verbs:", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    about = "with `pulumi`: another Pulumi project on the same mesh, such as examples/consumer"
    parser.add_argument("--project", type=Path, metavar="FOLDER", help=about)
    parser.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def show(stack: LabStack, console: Console) -> None:
    """Show the proof as a person would see it: the answers to curl from every cluster."""
    outputs = stack.outputs()
    names = [cluster["name"] for cluster in outputs["clusters"]]
    demo = outputs["verification"]["spec"]["demo"]
    url = f"http://{demo['service']}.{demo['namespace']}"
    for name in names:
        console.print(f"\n[bold]{name}[/]$ curl {url}    # from an x-wing Pod, {_REQUESTS} times")
        for answer in _answers(stack, name, demo, url):
            console.print(f"  {answer}", highlight=False)


def _answers(stack: LabStack, cluster: str, demo: Mapping[str, Any], url: str) -> list[str]:
    """The global Service's answers to a Pod of that cluster."""
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
