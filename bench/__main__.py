"""`python -m bench [NAME...]`: measure, everything by default, and write a table to bench/results/.

`--check` compares exact counts with bench/baseline.json instead, and measures no time;
`--accept` rewrites that baseline.
"""

import argparse
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import counts, machine, mesh, scale
from bench.bench import Bench
from bench.errors import BenchError
from bench.results import Results, Section
from tools.words import refuse_unknown

BY_MEMBERS = ("growth", "noop", "memory")
"""One module each, with `of(bench, mesh)` for every size, and `rest(bench)`, called once."""
MEASUREMENTS = ("cold", "against_hand", "bootstrap", *BY_MEMBERS)
"""The first three have `measure(bench)`, and need root and a lab of their own; `cold` runs before
anything is built."""


def main(words: Sequence[str]) -> int:
    """Measure or check; returns the exit code."""
    parser = _parser()
    chosen = parser.parse_args(words)
    refuse_unknown(parser, chosen.names, MEASUREMENTS)
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
    # Written after every step, so that a later failure loses nothing.
    for sections in _growing(bench, names):
        on_paper = scale.project(sections)
        page = Results(date, facts, [*sections, *([on_paper] if on_paper else [])]).write()
    return page


def _growing(bench: Bench, names: Sequence[str]) -> Iterator[list[Section]]:
    """Yield the sections again and again, each time with more in them."""
    modules = {name: importlib.import_module(f"bench.{name}") for name in names}
    sections: list[Section] = []
    for name in (name for name in names if name not in BY_MEMBERS):
        _say(name)
        sections.append(modules[name].measure(bench))
        yield sections
    by_members = [modules[name] for name in BY_MEMBERS if name in names]
    growing = [Section(one.TITLE, one.ABOUT, []) for one in by_members]
    sections.extend(growing)
    # The largest last: if time runs out, it is the one that is missing.
    for count in sorted(bench.members) if by_members else ():
        _say(f"{count} members")
        with mesh.running(bench, count) as running:
            for module, section in zip(by_members, growing, strict=True):
                _say(f"{count} members, {section.title}")
                section.rows.extend(module.of(bench, running))
                yield sections
    for module, section in zip(by_members, growing, strict=True):
        section.rows.extend(module.rest(bench))
        yield sections


def _say(text: str) -> None:
    print(f"bench: {text} ...", file=sys.stderr, flush=True)


@contextmanager
def _bench(chosen: argparse.Namespace) -> Iterator[Bench]:
    with TemporaryDirectory(prefix="clustermesh-bench-") as folder:
        yield Bench(Path(folder), chosen.repeats, chosen.members)


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
    parser.add_argument("--check", action="store_true", help="compare counts with the baseline")
    parser.add_argument("--accept", action="store_true", help="rewrite the baseline")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
