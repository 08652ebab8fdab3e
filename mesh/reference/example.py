"""The comments of Pulumi.example.yaml: what each key means, from the models.

Keys and values stay as the file has them, commented out or not; all other comments are made anew.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from components.config.explained import bare, explain, model_in
from components.config.models import MeshConfig
from mesh.reference.keys import PROJECT, fields

_HEAD = """\
# A production stack with every key. Copy it to Pulumi.<stack>.yaml and remove what you do not need.
# The comments are made by `python -m mesh reference --write`; docs/configuration.md has more.
"""
# About the example itself, each above the line with this text.
_REMARKS = {
    "- name: vienna": "A cluster that does not exist yet has kubean instead of a kubeconfig. Of its"
    " keys, hosts, ssh, image and kubesprayVersion are required. Kubespray takes one Pod and one"
    " Service range of each IP family.",
}
_KEY = re.compile(r" *(?P<dash>- )?(?P<key>[\w:-]+):(?: (?P<value>.*))?")
_INDEX = re.compile(r"\[\d+\]")
_WIDTH = 100


def example(text: str) -> str:
    """Return the text of a stack file with its comments made anew."""
    reader = _Reader()
    return _HEAD + "\n".join(out for line in text.splitlines() for out in reader.read(line)) + "\n"


def comment(about: FieldInfo, path: str, width: int, value: str = "") -> Iterator[str]:
    """Yield the lines that explain the key at a path; its default only if `value` is another."""
    told = explain(about)
    yield from _wrapped(told.text if told.default == f"`{value}`" else str(told), width)
    if bare(about.annotation) is SecretStr:
        command = f"pulumi config set --secret --path '{path}' < FILE"
        head, _, tail = command.partition(" '")
        yield from [command] if len(command) <= width else [rf"{head} \ ".rstrip(), f"  '{tail}"]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of YAML as it is in use; `mark` is the column of the "#" that takes it out of use."""

    yaml: str
    mark: int | None

    @property
    def column(self) -> int:
        return len(self.yaml) - len(self.yaml.lstrip())

    @property
    def margin(self) -> str:
        """What stands before a comment that belongs to the line."""
        if self.mark is None or self.mark == self.column:
            return " " * self.column
        return f"{' ' * self.mark}# {' ' * (self.column - self.mark)}"

    def __str__(self) -> str:
        """Return the line as it stands in the file."""
        if self.mark is None:
            return self.yaml
        return f"{self.yaml[: self.mark]}# {self.yaml[self.mark :]}"


def _line(text: str) -> _Line:
    bare_text = text.lstrip()
    column = len(text) - len(bare_text)
    if not bare_text.startswith("#"):
        return _Line(text.partition(" # ")[0].rstrip(), None)
    inner = text[:column] + bare_text[2:]
    return _Line(inner if inner.lstrip().startswith("#") else inner.partition(" # ")[0], column)


@dataclass(slots=True)
class _Section:
    """A mapping, or a list of mappings, whose keys stand right of its column."""

    column: int
    path: str
    model: type[BaseModel] | None
    entries: int = 0


@dataclass(slots=True)
class _Reader:
    """The place in the file: the sections around it, and the column of a commented-out block."""

    sections: list[_Section] = field(
        default_factory=lambda: [_Section(0, f"{PROJECT}:", MeshConfig)]
    )
    explained: set[str] = field(default_factory=set)
    block: int | None = None

    def read(self, text: str) -> Iterator[str]:
        """Yield a line with the comments above it; nothing for a comment."""
        line = _line(text)
        found = _KEY.fullmatch(line.yaml)
        if not self._is_yaml(line, found):
            return
        if found and line.column:
            width = _WIDTH - len(line.margin) - 2
            for one in self._comments(line, found, width):
                yield f"{line.margin}# {one}"
        yield str(line)

    def _is_yaml(self, line: _Line, found: re.Match[str] | None) -> bool:
        if line.mark is None:
            self.block = None
            return True
        if self.block is None or line.column <= self.block:
            known = found and self._around(line).model
            is_key = bool(found and known and _key(found) in fields(known))
            self.block = line.column if is_key else None
        return self.block is not None and not line.yaml.lstrip().startswith("#")

    def _around(self, line: _Line) -> _Section:
        return next(one for one in reversed(self.sections) if one.column < line.column)

    def _comments(self, line: _Line, found: re.Match[str], width: int) -> Iterator[str]:
        while self.sections[-1].column >= line.column:
            self.sections.pop()
        section, dash = self.sections[-1], found["dash"] or ""
        section.entries += bool(dash)
        index = f"[{section.entries - 1}]" if section.entries else ""
        path = f"{section.path}{index}{'' if len(self.sections) == 1 else '.'}{_key(found)}"
        about = fields(section.model).get(_key(found)) if section.model else None
        inner = model_in(about.annotation) if about else None
        self.sections.append(_Section(line.column + len(dash), path, inner))
        yield from _wrapped(_REMARKS.get(line.yaml.strip(), ""), width)
        if about and _INDEX.sub("", path) not in self.explained:
            self.explained.add(_INDEX.sub("", path))
            yield from comment(about, path, width, found["value"] or "")


def _key(found: re.Match[str]) -> str:
    return found["key"].removeprefix(f"{PROJECT}:")
