"""YAML for kubeconfigs that writes back exactly what it read.

kubectl reads `token: 012345` as text, plain YAML 1.1 reads an octal number and would write 5349. So
numbers, dates and `yes`/`no` are kept as the text in the file, and written without quotes again.
"""

from typing import Any

import yaml

from .plain import MAX_DEPTH, TOO_DEEP, NotPlainError

_BOOLEANS = {"true": True, "false": False}
# Nested merge keys (`<<`) multiply; no honest mapping has so many keys.
_MAX_MERGED = 10_000


class PlainScalar(str):
    """The text of a number, date or the like, with the YAML tag of its unquoted form."""

    tag: str

    def __new__(cls, text: str, tag: str = "tag:yaml.org,2002:str") -> "PlainScalar":
        """Keep `tag` beside the text, to write it again without quotes."""
        made = super().__new__(cls, text)
        made.tag = tag
        return made


class _Loader(yaml.SafeLoader):
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        # PyYAML recurses as deep as Python lets it, and each level makes it slower.
        if self._depth > MAX_DEPTH:
            raise NotPlainError(TOO_DEEP)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MAX_MERGED:
            raise NotPlainError("its merge keys (<<) expand to far too much")


# libyaml's, if PyYAML was built with it: with Python's, a quarter of the time for eight clusters
# went here.
class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    pass


def _plain(loader: _Loader, node: yaml.ScalarNode) -> PlainScalar:
    return PlainScalar(str(loader.construct_scalar(node)), node.tag)


def _boolean(loader: _Loader, node: yaml.ScalarNode) -> bool | PlainScalar:
    text = str(loader.construct_scalar(node))
    return _BOOLEANS.get(text.lower(), PlainScalar(text, node.tag))


def _write_plain(dumper: _Dumper, scalar: PlainScalar) -> yaml.ScalarNode:
    node: yaml.ScalarNode = dumper.represent_scalar(scalar.tag, str(scalar))
    return node


for _kind in ("int", "float", "timestamp", "value"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _plain)
_Loader.add_constructor("tag:yaml.org,2002:bool", _boolean)
_Dumper.add_representer(PlainScalar, _write_plain)


def read(text: str) -> Any:
    """Parse one YAML document.

    Raises yaml.YAMLError, whose text may quote the document, or NotPlainError, whose does not.
    """
    return yaml.load(text, Loader=_Loader)


def write(document: Any) -> str:
    """Return the document as block YAML, keys in their order."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, default_flow_style=False))
