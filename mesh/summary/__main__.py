"""`python -m mesh summary`: a preview as one Markdown document that shows the mesh."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import pulumi
from .document import document, marker
from .preview import Preview

EXIT_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_CHANGES = 3


def main(words: Sequence[str]) -> int:
    """Preview and summarize; gives the exit code, which `--help` explains."""
    options = _parser().parse_args(words)
    try:
        marker(options.stack)
        preview = pulumi.preview(options.stack, refresh=options.refresh)
        outputs = pulumi.outputs(options.stack)
    except (ValueError, pulumi.PulumiError) as error:
        print(f"summary: {error}", file=sys.stderr)
        return EXIT_WRONG_USE
    text = document(options.stack, preview, outputs)
    try:
        _write(text, options.output)
    except OSError as error:
        print(f"summary: {options.output} cannot be written: {error.strerror}", file=sys.stderr)
        return EXIT_WRONG_USE
    return _exit_code(preview, tells=options.exit_code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mesh summary",
        description="Runs `pulumi preview` in this folder and writes what it means for the mesh, in"
        " Markdown. What pulumi shows goes to stderr. Nothing is changed.",
        epilog="Exit codes: 0 previewed, 1 the preview failed (the summary says why), 2 wrong use"
        " or no pulumi (there is no summary); with --exit-code, 3 something is to be done.",
    )
    parser.add_argument("--stack", required=True, help="the stack")
    parser.add_argument(
        "--refresh", action="store_true", help="look at the clusters first, and name what drifted"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write here, not to stdout")
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 3 when an update would do something"
    )
    return parser


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
    else:
        output.write_text(text)


def _exit_code(preview: Preview, *, tells: bool) -> int:
    if not preview.is_ok:
        return EXIT_FAILED
    return EXIT_CHANGES if tells and preview.has_changes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
