"""`python -m mesh VERB WORDS...`: everything around `pulumi up`; a verb takes `--help`."""

import importlib
import sys
from collections.abc import Sequence

VERBS: dict[str, str] = {
    "reference": "every config key and component, as the code has them; a schema for editors",
    "describe": "write the stack file of clusters that are there, from what they say",
    "post": "put a summary into its comment on a pull request, or into its issue",
    "summary": "preview a stack, and write what that means for the mesh in Markdown",
    "report": "how a mesh is: a page, JSON, Markdown, and here",
}
"""What each verb does, in one line; the module of that name in this package has `main(words)`."""


def main(words: Sequence[str]) -> int:
    """Run the verb that the first word names; gives the exit code, 2 for wrong use."""
    if words and words[0] in VERBS:
        code: int = importlib.import_module(f"mesh.{words[0]}").main(words[1:])
        return code
    print("usage: python -m mesh VERB ...\n", file=sys.stderr)
    for verb, purpose in VERBS.items():
        print(f"  {verb:<10} {purpose}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
