"""`python -m mesh reference`: config keys and components, as the code has them.

`--schema` prints a JSON Schema of the stack file, with which editors complete and check it.
`--write` updates the texts in this repository that come from the models of the stack config.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from mesh.reference import classes, files, keys, schema


def main(words: Sequence[str]) -> int:
    """Write the reference as Markdown, or the schema, or our files; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mesh reference", description=__doc__)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--schema", action="store_true", help="the JSON Schema of a stack file")
    form.add_argument("--write", action="store_true", help="update the files that are made from it")
    parser.add_argument("--output", type=Path, help="a file; by default standard output")
    chosen = parser.parse_args(words)
    if chosen.write:
        return _write()
    text = json.dumps(schema.of_stack_file(), indent=2) if chosen.schema else markdown()
    if chosen.output is None:
        print(text)
        return 0
    try:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text(text + "\n")
    except OSError as error:
        print(f"{chosen.output} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _write() -> int:
    for path, text in files.written().items():
        if path.read_text() != text:
            path.write_text(text)
            print(f"{path.relative_to(files.ROOT)} is updated")
    return 0


def markdown() -> str:
    """Return the whole reference as one page."""
    parts = ["# Reference", "## Configuration", *keys.sections()]
    return "\n\n".join([*parts, "## Components", *classes.sections()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
