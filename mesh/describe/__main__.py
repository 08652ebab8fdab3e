"""Write the stack file of existing clusters from what they say.

It reads the clusters with the given kubeconfigs, changes nothing in them, lists what keeps them
from being a mesh, and writes Pulumi.<stack>.yaml into the current folder. Exit codes: 0 the file is
complete, 1 it has gaps or something was found that stops an update, 2 nothing was written.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.prompt import Confirm

from components.common.labels import full_name
from components.config.faults.fault import NAMESPACE
from components.config.models import TimeoutsConfig
from components.facts import reading
from components.facts.cilium_cli import read_cli
from mesh.describe import showing
from mesh.describe.config import config
from mesh.describe.encrypting import encrypt
from mesh.describe.entries import entries
from mesh.describe.judging import judge
from mesh.describe.sources import Source, read
from mesh.describe.stack_text import render
from mesh.describe.target import Refusal, Target, target

COMPLETE, INCOMPLETE, NOT_WRITTEN = 0, 1, 2


def main(words: Sequence[str]) -> int:
    """Describe the clusters that the words name; return the exit code."""
    options = _parser().parse_args(words)
    try:
        return _describe(options, Path.cwd(), Console())
    except Refusal as refusal:
        print(f"describe: {refusal}", file=sys.stderr)
        return NOT_WRITTEN


def _describe(options: argparse.Namespace, folder: Path, console: Console) -> int:
    goal = target(folder, options.stack)
    sources = read(options.clusters)
    _agree(goal, options.force, console)
    described = entries(sources, _facts(sources))
    raw = config(described, folder, is_embedded=options.embed)
    judgement = judge(described, raw, read_cli(), folder, full_name(NAMESPACE, goal.stack))
    showing.show(console, described, judgement)
    encryption = goal.encryption
    if options.embed:
        raw, encryption = _encrypted(raw, options.stack, goal)
    goal.write(render(described, raw, judgement.faults), encryption)
    showing.close(console, described, judgement, goal)
    return INCOMPLETE if judgement.stops or any(one.gaps for one in described) else COMPLETE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mesh describe",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "clusters",
        nargs="+",
        metavar="FILE[:CONTEXT]",
        help="the kubeconfig of each cluster; without CONTEXT, its current context is used",
    )
    parser.add_argument("--stack", required=True, help="the stack to write the file for")
    parser.add_argument(
        "--embed",
        action="store_true",
        help="write the content of the kubeconfigs, encrypted by pulumi, instead of their paths",
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite an existing file without asking"
    )
    return parser


def _agree(goal: Target, is_forced: bool, console: Console) -> None:
    """Ask whether the content of the file may go; raises Refusal if not."""
    if is_forced or not goal.would_lose:
        return
    if not sys.stdin.isatty():
        raise Refusal(f"{goal.path.name} already exists: --force overwrites it")
    if not Confirm.ask(f"{goal.path.name} already exists. Overwrite it?", console=console):
        raise Refusal(f"{goal.path.name} was not changed")


def _facts(sources: Sequence[Source]) -> Sequence[Any]:
    # Their names are known only after reading.
    kubeconfigs = {str(number): one.kubeconfig for number, one in enumerate(sources)}
    return reading.read_all(kubeconfigs, TimeoutsConfig().request_seconds)


def _encrypted(
    raw: Mapping[str, Any], stack: str, goal: Target
) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The same config with every kubeconfig encrypted, and the settings of that encryption."""
    texts = [cluster["kubeconfigContent"] for cluster in raw["clusters"]]
    done = encrypt(texts, stack, goal.path.parent, goal.encryption)
    clusters = [
        {**cluster, "kubeconfigContent": value}
        for cluster, value in zip(raw["clusters"], done.values, strict=True)
    ]
    return {**raw, "clusters": clusters}, done.encryption


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
