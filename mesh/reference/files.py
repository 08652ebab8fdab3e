"""The files that have texts from the models, with the function that writes each anew."""

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import get_origin

from pydantic.fields import FieldInfo

from components.config.explained import bare, explain, model_in
from components.config.models import MeshConfig
from mesh.reference import arguments, keys
from mesh.reference.example import example

ROOT = Path(__file__).parents[2]
_MADE = "made by `python -m mesh reference --write`"
_TABLE = re.compile(rf"(<!-- keys of (\S+): {_MADE} -->\n).*?(\n<!-- end -->)", re.DOTALL)
_PAGE = re.compile(r"\bdocs/([\w-]+\.md)")
_DECLARED = re.compile(rf"(  # Keys: {_MADE}\.\n).*?(  # End of these keys\.\n)", re.DOTALL)


def written() -> dict[Path, str]:
    """Return what each of the files has to contain, from the models and what it contains now."""
    return {path: write(path.read_text()) for path, write in _FILES.items()}


def with_tables(page: str) -> str:
    """Return a page of docs/ with the tables between its marks, each the keys of one section."""
    apart = [found[2] for found in _TABLE.finditer(page)]

    def table(found: re.Match[str]) -> str:
        text = _PAGE.sub(r"[\1](\1)", keys.table(found[2], apart))
        return f"{found[1]}\n{text}\n{found[3]}"

    return _TABLE.sub(table, page)


def with_declarations(project: str) -> str:
    """Return a Pulumi.yaml with the declarations of the top-level keys between its marks."""
    declared = "".join(map(_declared, keys.fields(MeshConfig).items()))
    return _DECLARED.sub(lambda found: f"{found[1]}{declared}{found[2]}", project)


def _declared(one: tuple[str, FieldInfo]) -> str:
    key, field = one
    section, told = model_in(field.annotation), explain(field).text
    if section is not None:
        told += f" Keys: {', '.join(keys.fields(section))}."
    lines = textwrap.wrap(
        told,
        100,
        break_long_words=False,
        break_on_hyphens=False,
        initial_indent=" " * 6,
        subsequent_indent=" " * 6,
    )
    head = [f"  {key}:", *(f"    {line}" for line in _kind(field)), "    description: >-"]
    return "\n".join([*head, *lines, ""])


def _kind(field: FieldInfo) -> Iterator[str]:
    """Yield type and default as the engine wants them; it checks these itself."""
    kind = bare(field.annotation)
    if get_origin(kind) is tuple:
        yield from ("type: array", "items:", "  type: object", "default: []")
    elif isinstance(field.default, int | str):
        yield f"type: {'integer' if isinstance(field.default, int) else 'string'}"
        yield f"default: {field.default}"
    else:
        yield from ("type: object", "default: {}")


_FILES: Mapping[Path, Callable[[str], str]] = {
    ROOT / "components/config/arguments.py": lambda _: arguments.text(),
    ROOT / "docs/configuration.md": with_tables,
    ROOT / "Pulumi.yaml": with_declarations,
    ROOT / "Pulumi.example.yaml": example,
}
