"""`python -m tools [VERB]`: build and find the programs; a verb takes `--help`."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from tools import golang, host, toolchain
from tools.catalogue import LAB_PROGRAMS, MODULES
from tools.errors import InterruptedBuildError, ToolchainError
from tools.paths import cache_root
from tools.report import LineReport
from tools.words import refuse_unknown, refuse_unknown_verb

VERBS = {
    "build": "build what is missing (the default)",
    "path": "print the folder that belongs on PATH",
    "list": "list the programs and where they are",
    "clean": "remove builds that this clone does not use",
}
"""What each verb does, in one line."""
EXIT_FAILED = 1
EXIT_PACKAGES_MISSING = 3
EXIT_INTERRUPTED = 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools",
        description="Builds and finds the programs that the project and its lab run.",
        epilog="Exit codes: 0 all there, 1 failed, 2 wrong use, 3 Debian packages are missing and "
        "installing them needs root, 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", metavar="VERB")
    build = commands.add_parser("build", help=VERBS["build"])
    build.add_argument("programs", nargs="*", metavar="PROGRAM", help="only these (default: all)")
    build.add_argument("--lab", action="store_true", help="only what the lab and the demo run")
    commands.add_parser("path", help=VERBS["path"])
    commands.add_parser("list", help=VERBS["list"])
    clean = commands.add_parser("clean", help=VERBS["clean"])
    clean.add_argument("--all", action="store_true", help="remove every build")
    return parser


def _build(programs: list[str]) -> int:
    packages_there = _debian_packages()
    report = LineReport()
    tools = toolchain.ensure(programs or None, report)
    report.total()
    report.note(f"They are linked in {tools.bin_dir}")
    return 0 if packages_there else EXIT_PACKAGES_MISSING


def _debian_packages() -> bool:
    """Install what the lab needs, or say how; returns whether all of it is there now."""
    missing = host.missing_packages()
    if not missing.names:
        return True
    if os.geteuid() == 0:
        print(f"installing Debian packages: {', '.join(missing.names)}", file=sys.stderr)
        host.install_packages(missing, cache_root() / "logs" / "apt.log")
        return True
    print(
        f"The lab needs Debian packages that are not installed, and only root can install them:\n"
        f"  {missing.command}",
        file=sys.stderr,
    )
    return False


def _path() -> int:
    entries = toolchain.survey(golang.find_go())
    missing = {entry.program.name for entry in entries if entry.origin is None}
    needed = [name for name in LAB_PROGRAMS if name in missing]
    if needed:
        raise ToolchainError(f"Not built yet: {', '.join(needed)}. Run `make tools` first.")
    print(toolchain.ready().bin_dir)
    return 0


def _list() -> int:
    for entry in toolchain.survey(golang.find_go()):
        origin = entry.origin.value if entry.origin else "to build"
        path = entry.path if entry.origin else "-"
        print(f"{entry.program.name:<28} {entry.version:<22} {origin:<10} {path}")
    return 0


def _clean(everything: bool) -> int:
    removed = toolchain.clean(everything=everything)
    for path in removed:
        print(f"removed {path}")
    if not removed:
        print("nothing to remove")
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _known() -> list[str]:
    return [program.name for module in MODULES for program in module.programs]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser, words = _parser(), sys.argv[1:] if arguments is None else arguments
    refuse_unknown_verb(parser, words, VERBS)
    options = parser.parse_args(words)
    refuse_unknown(parser, getattr(options, "programs", ()), _known())
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        match options.command:
            case "path":
                return _path()
            case "list":
                return _list()
            case "clean":
                return _clean(options.all)
            case _:
                is_for_lab = getattr(options, "lab", False)
                return _build(LAB_PROGRAMS if is_for_lab else getattr(options, "programs", []))
    except (KeyboardInterrupt, InterruptedBuildError):
        print(
            "\nstopped; what was finished is kept, and `make tools` continues from there",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    except ToolchainError as error:
        print(f"\n{error}", file=sys.stderr)
        return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
