"""Words on a command line that it does not know: refused, with the one that was probably meant."""

import argparse
import difflib
from collections.abc import Collection, Iterable


def refuse_unknown(
    parser: argparse.ArgumentParser, words: Iterable[str], known: Collection[str]
) -> None:
    """End the program with exit code 2 if one of the words is not known."""
    for word in words:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            advice = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(known)}"
            parser.error(f"there is no {word!r}; {advice}")


def refuse_unknown_verb(
    parser: argparse.ArgumentParser, words: Iterable[str], verbs: Collection[str]
) -> None:
    """End the program with exit code 2 if the first word is neither a verb nor an option."""
    verb = next(iter(words), "-")
    refuse_unknown(parser, [] if verb.startswith("-") else [verb], verbs)
