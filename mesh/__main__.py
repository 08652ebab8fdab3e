"""`python -m mesh VERB WORDS...`: the commands around `pulumi up`; each takes `--help`."""

import difflib
import importlib
import sys
from collections.abc import Sequence

VERBS: dict[str, str] = {
    "describe": "write the stack file of existing clusters from what they say",
    "summary": "preview a stack and write what that means for the mesh, in Markdown",
    "post": "put a summary into its comment on a pull request, or into its issue",
    "verify": "prove a mesh again with traffic, without an update",
    "report": "show the state of a mesh: as a page, JSON and Markdown, and on the terminal",
    "unlock": "remove the locks of updates that were killed on this machine",
    "reference": "list every config key and component, or write a schema for editors",
}
"""What each verb does, in one line."""
_FILES = ("unlock", "verify")
"""The verbs that are one file; each other one is a folder with its command in `__main__`."""


def main(words: Sequence[str]) -> int:
    """Run the verb that the first word names; return the exit code, 2 for wrong use."""
    if words and words[0] in VERBS:
        code: int = importlib.import_module(module_of(words[0])).main(words[1:])
        return code
    asked = bool(words) and words[0] in ("--help", "-h")
    lines = [f"  {verb:<10} {purpose}" for verb, purpose in VERBS.items()]
    usage = "\n".join(["usage: python -m mesh VERB ...", "", *lines])
    print(usage, file=sys.stdout if asked else sys.stderr)
    near = difflib.get_close_matches(words[0], VERBS, n=1) if words and not asked else []
    if near:
        print(f"\nthere is no {words[0]!r}; did you mean {near[0]!r}?", file=sys.stderr)
    return 0 if asked else 2


def module_of(verb: str) -> str:
    """Return the module with a verb's `main(words)`."""
    return f"mesh.{verb}" if verb in _FILES else f"mesh.{verb}.__main__"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
