"""The kubeconfigs named on the command line, each with the context to use."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from components.kubeconfig.document import Kubeconfig, read_file
from components.kubeconfig.problem import KubeconfigError
from mesh.describe.target import Refusal


@dataclass(frozen=True, slots=True)
class Source:
    """One cluster as it was named; `path` has no `~`, the kubeconfig is secret."""

    path: Path
    kubeconfig: Kubeconfig = field(repr=False)

    def written(self, folder: Path) -> str:
        """The path for a stack file in that folder: relative, below `~`, or absolute."""
        path = self.path.absolute()
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
        home = Path.home()
        return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def read(words: Iterable[str]) -> tuple[Source, ...]:
    """Read every `FILE` or `FILE:CONTEXT`; raises Refusal with every problem."""
    found, wrong = [], []
    for word in words:
        path, context = split(word)
        try:
            found.append(Source(path, read_file(path, context)))
        except KubeconfigError as error:
            wrong += [
                f"{word}: {problem.text}; allowed: {problem.allowed}; fix: {problem.remedy}"
                for problem in error.problems
            ]
    if wrong:
        raise Refusal("\n".join(wrong))
    return tuple(found)


def split(word: str) -> tuple[Path, str | None]:
    """Split `FILE:CONTEXT`; both may contain colons, so the file is the part that exists."""
    places = [index for index, character in enumerate(word) if character == ":"]
    for end in (len(word), *places):
        path = _path(word[:end])
        if word[:end] and path.is_file():
            return path, word[end + 1 :] or None
    file, _, context = word.partition(":")
    return _path(file), context or None


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        # No such user, so no such file either.
        return Path(text)
