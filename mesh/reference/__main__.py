"""`python -m mesh reference`: config keys and components, as the code has them.

`--schema` writes a JSON Schema of the stack file instead, with which editors complete and check it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from mesh.reference import classes, keys, schema


def main(words: Sequence[str]) -> int:
    """Write the reference as Markdown, or the schema; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mesh reference", description=__doc__)
    parser.add_argument("--schema", action="store_true", help="the JSON Schema of a stack file")
    parser.add_argument("--output", type=Path, help="a file; by default standard output")
    chosen = parser.parse_args(words)
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


def markdown() -> str:
    """Give the whole reference as one page."""
    parts = ["# Reference", "## Configuration", *keys.sections()]
    return "\n\n".join([*parts, "## Components", *classes.sections()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
