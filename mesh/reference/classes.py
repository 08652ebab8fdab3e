"""Every component with its arguments and outputs, from the classes and their docstrings."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator

import pulumi

import components


def sections() -> Iterator[str]:
    """Yield one Markdown section per component, in the order of their names."""
    for one in found():
        yield "\n\n".join(_section(one))


def found() -> list[type[pulumi.ComponentResource]]:
    """Every component of the package, in the order of their names."""
    made = set()
    for module in pkgutil.iter_modules(components.__path__, "components."):
        if not module.ispkg:
            made |= set(_own(module.name))
    return sorted(made, key=lambda one: one.__name__)


def _own(module: str) -> Iterator[type[pulumi.ComponentResource]]:
    for _, one in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if one.__module__ == module and issubclass(one, pulumi.ComponentResource):
            yield one


def _section(component: type[pulumi.ComponentResource]) -> Iterator[str]:
    yield f"### {component.__name__}\n{inspect.getdoc(component)}"
    arguments = getattr(inspect.getmodule(component), f"{component.__name__}Args", None)
    if arguments is not None:
        rows = [f"| `{name}` | {kind} | {value} |" for name, kind, value in _members(arguments)]
        yield f"**{arguments.__name__}.** {inspect.getdoc(arguments)}"
        yield "\n".join(["| argument | type | default |", "|---|---|---|", *rows])
    outputs = [f"| `{name}` | {kind} |" for name, kind, _ in _members(component)]
    if outputs:
        yield "\n".join(["| output | type |", "|---|---|", *outputs])


def _members(described: type) -> Iterator[tuple[str, str, str]]:
    """Return name, type and default as written: the types in full are too long to read."""
    for one in reversed(described.__mro__):
        if one.__module__.startswith("components."):
            yield from _written(one)


def _written(described: type) -> Iterator[tuple[str, str, str]]:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(described))).body
    assert isinstance(tree, ast.ClassDef)
    for line in tree.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            yield line.target.id, _code(line.annotation), _default(line.value)


def _default(value: ast.expr | None) -> str:
    if value is None:
        return "required"
    return "empty" if "default_factory" in ast.unparse(value) else _code(value)


def _code(expression: ast.expr) -> str:
    text = ast.unparse(expression).replace("pulumi.", "").replace("|", r"\|")
    return f"`{text}`"
