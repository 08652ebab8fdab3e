"""Preview a stack, and write what that means for the mesh as one Markdown document."""

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
    """Preview and summarize; return the exit code, which `--help` explains."""
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
        description="Run `pulumi preview` in this folder and write what it means for the mesh, in"
        " Markdown. Pulumi's own output goes to stderr. Nothing is changed.",
        epilog="Exit codes: 0 previewed, 1 the preview failed (the summary says why), 2 wrong use"
        " or no pulumi (there is no summary), 3 with --exit-code: an update would do something.",
    )
    parser.add_argument("--stack", required=True, help="the stack to preview")
    parser.add_argument(
        "--refresh", action="store_true", help="look at the clusters first, and report drift"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write here instead of to stdout"
    )
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 3 if an update would do something"
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
