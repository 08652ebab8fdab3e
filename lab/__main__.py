"""`python -m lab VERB`: real clusters on this machine; a verb takes `--help`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lab import fleet, table
from lab.cluster import CLUSTER_PROGRAMS, Cluster
from lab.errors import LabError
from lab.images import PROGRAMS, ImageSet
from lab.images import ensure as ensure_images
from lab.images import prepare as prepare_images
from lab.kubectl import within
from lab.node import Node
from lab.paths import LabPaths
from lab.progress import Progress
from lab.spec import LabSpec, home_folder, load
from tools import toolchain
from tools.errors import ToolchainError
from tools.words import refuse_unknown_verb

VERBS = {
    "up": "create the clusters, or repair them",
    "down": "remove the lab, leaving nothing behind",
    "status": "show how the clusters are",
    "exec": "run a command where the CLIs run",
    "kubeconfig": "print the path of a cluster's kubeconfig",
    "prepare": "build the image layers that need no compiled programs",
}
"""What each verb does, in one line."""
_PIPE_WIDTH = 120


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; print a LabError as a plain message."""
    parser, words = _parser(), sys.argv[1:] if words is None else words
    refuse_unknown_verb(parser, words, VERBS)
    args = parser.parse_args(words)
    try:
        code: int = args.run(args)
    except (LabError, ToolchainError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; `python -m lab up` continues from here", file=sys.stderr)
        return 130
    return code


def _up(args: argparse.Namespace) -> int:
    spec, progress = _spec(args), Progress()
    fleet.check(spec)
    bin_dir = toolchain.ensure((*PROGRAMS, *CLUSTER_PROGRAMS)).bin_dir
    clusters = fleet.up(spec, bin_dir, lambda: _images(progress), progress)
    health = table.look(clusters)
    _show(table.render(spec.name, health))
    if not all(each.is_healthy for each in health):
        return 1
    print(f"up in {progress.seconds:.0f} s; look around with: python -m lab exec -- bash")
    return 0


def _prepare(_: argparse.Namespace) -> int:
    progress = Progress()
    prepare_images(lambda line: progress.say("images", line))
    return 0


def _down(args: argparse.Namespace) -> int:
    name, progress = args.lab or args.stack, Progress()
    home = home_folder(_stack_file(args), name)
    if args.cluster:
        fleet.remove_cluster(name, args.cluster, home, progress)
    else:
        fleet.down(name, home, progress)
    return 0


def _status(args: argparse.Namespace) -> int:
    spec = _spec(args)
    bin_dir = toolchain.ready().bin_dir
    clusters = [Cluster(spec, cluster, bin_dir, Progress()) for cluster in spec.clusters]
    health = table.look(clusters)
    _show(table.render(spec.name, health))
    return 0 if all(each.is_healthy for each in health) else 1


def _exec(args: argparse.Namespace) -> int:
    spec = _spec(args)
    command = args.command or ["bash"]
    if args.node:
        words = Node(spec, spec.node(args.node)).inside(*command)
    else:
        words = within(LabPaths(spec.name), toolchain.ready().bin_dir, *command)
    return subprocess.run(words, check=False).returncode


def _kubeconfig(args: argparse.Namespace) -> int:
    cluster = _spec(args).cluster(args.cluster)
    if not cluster.kubeconfig.exists():
        raise LabError(f"{cluster.name} has no kubeconfig yet; start it with `python -m lab up`")
    print(cluster.kubeconfig.read_text() if args.content else cluster.kubeconfig)
    return 0


def _show(drawing: Table) -> None:
    """Draw at the terminal's width; a pipe has none, and must not truncate the table."""
    console = Console()
    Console(width=None if console.is_terminal else _PIPE_WIDTH).print(drawing)


def _images(progress: Progress) -> ImageSet:
    return ensure_images(lambda line: progress.say("images", line))


def _spec(args: argparse.Namespace) -> LabSpec:
    return load(_stack_file(args), args.lab or args.stack, args.workers)


def _stack_file(args: argparse.Namespace) -> Path:
    return Path(args.stack_file or f"Pulumi.{args.stack}.yaml").resolve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="VERB")
    common = argparse.ArgumentParser(add_help=False)
    stack = os.environ.get("LAB_STACK", "dev")
    common.add_argument("--stack", default=stack, help=f"whose clusters (default {stack})")
    common.add_argument("--stack-file", help="a stack file other than Pulumi.<stack>.yaml")
    common.add_argument("--lab", help="the lab's name, if it is not the stack's")
    common.add_argument("--workers", type=int, help="workers per cluster instead of lab:workers")

    up = commands.add_parser("up", parents=[common], help=VERBS["up"])
    up.set_defaults(run=_up)
    down = commands.add_parser("down", parents=[common], help=VERBS["down"])
    down.add_argument("--cluster", help="only this cluster; the others keep running")
    down.set_defaults(run=_down)
    status = commands.add_parser("status", parents=[common], help=VERBS["status"])
    status.set_defaults(run=_status)
    run = commands.add_parser("exec", parents=[common], help=VERBS["exec"])
    run.add_argument("--node", help="inside this node instead")
    run.add_argument("command", nargs="*", metavar="-- COMMAND")
    run.set_defaults(run=_exec)
    kubeconfig = commands.add_parser("kubeconfig", parents=[common], help=VERBS["kubeconfig"])
    kubeconfig.add_argument("cluster")
    kubeconfig.add_argument("--content", action="store_true", help="print its content instead")
    kubeconfig.set_defaults(run=_kubeconfig)
    commands.add_parser("prepare", help=VERBS["prepare"]).set_defaults(run=_prepare)
    return parser


if __name__ == "__main__":
    sys.exit(main())
