"""`python -m bench NAMES...`: measure, all by default, and write one table to bench/results/.

`--check` compares counts with bench/baseline.json instead, exactly, and measures no time;
`--accept` writes that baseline anew.
"""

import argparse
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import counts, machine, scale
from bench.bench import PROGRAMS, Bench
from bench.errors import BenchError
from bench.results import Results, Section
from tools.toolchain import ensure

MEASUREMENTS = ("growth", "noop", "memory", "against_hand", "bootstrap")
"""One module each, with `measure(bench)`; the last two need root and a lab of their own."""


def main(words: Sequence[str]) -> int:
    """Measure or check; gives the exit code."""
    parser = _parser()
    chosen = parser.parse_args(words)
    if unknown := sorted(set(chosen.names) - set(MEASUREMENTS)):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    try:
        with _bench(chosen) as bench:
            if chosen.check or chosen.accept:
                return counts.check(bench, accept=chosen.accept)
            page = _measure(bench, chosen.names or MEASUREMENTS)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"written: {page}")
    return 0


def _measure(bench: Bench, names: Sequence[str]) -> Path:
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    facts = {**machine.facts(), "load before": f"{machine.load():.1f}"}
    sections: list[Section] = []
    for name in names:
        print(f"bench: {name} ...", file=sys.stderr, flush=True)
        sections.append(importlib.import_module(f"bench.{name}").measure(bench))
        # Written after each: a later one that fails takes nothing away.
        on_paper = scale.project(sections)
        page = Results(date, facts, [*sections, *([on_paper] if on_paper else [])]).write()
    return page


@contextmanager
def _bench(chosen: argparse.Namespace) -> Iterator[Bench]:
    with TemporaryDirectory(prefix="clustermesh-bench-") as folder:
        yield Bench(
            Path(folder), ensure(PROGRAMS), chosen.repeats, chosen.members, chosen.build_log
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--repeats", type=int, default=5, help="runs of each (default 5)")
    parser.add_argument(
        "--members",
        type=lambda text: tuple(int(part) for part in text.split(",")),
        default=(2, 4, 8),
        help="sizes of the mesh (default 2,4,8)",
    )
    parser.add_argument("--build-log", type=Path, help="what a cold `make tools` printed")
    parser.add_argument("--check", action="store_true", help="compare counts with the baseline")
    parser.add_argument("--accept", action="store_true", help="write the baseline anew")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
