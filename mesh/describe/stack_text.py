"""The text of the stack file: known values as keys, missing ones as questions beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from components.config.faults.fault import NAMESPACE, Fault
from mesh.describe import words
from mesh.describe.comments import comment, commented, remark
from mesh.describe.entries import Entry
from mesh.describe.found import api_server, mesh_endpoint, title
from mesh.describe.judging import place
from mesh.describe.scalars import flow_list, scalar

_ASKED = ("name", "id", "podCidrs", "serviceCidrs")
_CREDENTIALS = ("kubeconfig", "kubeconfigContent", "context")
_SECRET = {"secure": "AAABAJ…"}


def render(described: Sequence[Entry], raw: Mapping[str, Any], faults: Iterable[Fault]) -> str:
    """Return the text. `raw` is what the loader takes, with `{"secure": …}` for each secret."""
    listed = list(faults)
    lines = [*comment(words.HEAD), "config:", *_indented(2, comment(words.OF_MESH["clusters"]))]
    lines.append(f"  {NAMESPACE}:clusters:")
    for index, entry in enumerate(described):
        own = [one for one in listed if (place(one) or (None, ""))[0] == index]
        first, *more = _member(entry, raw["clusters"][index], own, explains=index == 0)
        lines += _indented(4, comment(title(entry)))
        lines += [f"    - {first}", *_indented(6, more), ""]
    limit = f"{NAMESPACE}:maxConnectedClusters: {raw['maxConnectedClusters']}"
    lines += _indented(2, [*comment(words.OF_MESH["maxConnectedClusters"]), limit])
    return "\n".join([*lines, ""])


def _member(
    entry: Entry, raw: Mapping[str, Any], faults: Sequence[Fault], *, explains: bool
) -> Iterator[str]:
    """The lines of one member; the first one `explains` its keys, as the example does."""
    blocks = {key: list(_asked(key, entry, raw)) for key in _ASKED}
    blocks |= {key: list(_credential(key, entry, raw, explains)) for key in _CREDENTIALS}
    blocks["apiServer"] = [*_question(entry, "apiServer.address"), *commented(api_server(entry))]
    blocks["mesh"] = [*_question(entry, "mesh.address"), *commented(mesh_endpoint(entry))]
    for key, lines in blocks.items():
        if lines and explains and key in words.OF_CLUSTER:
            yield from comment(words.OF_CLUSTER[key])
        for fault in faults:
            if (place(fault) or (0, ""))[1] == key:
                yield from remark("!", f"{fault.problem}: {fault.remedy}.")
        yield from lines


def _asked(key: str, entry: Entry, raw: Mapping[str, Any]) -> Iterator[str]:
    yield from _question(entry, key)
    if key in raw:
        yield from _lines(key, raw[key])
    else:
        yield f"# {key}:"


def _credential(key: str, entry: Entry, raw: Mapping[str, Any], explains: bool) -> Iterator[str]:
    """The key, if the file has it; else, if the entry explains its keys, a sample of it."""
    other = {"kubeconfig": entry.source.path.name, "kubeconfigContent": _SECRET}
    if key in raw:
        yield from _lines(key, raw[key])
    elif explains and key in other:
        yield from commented(_lines(key, other[key]))


def _question(entry: Entry, key: str) -> Iterator[str]:
    for gap in entry.gaps:
        if gap.key == key:
            yield from remark("?", gap.question)


def _lines(key: str, value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{key}:", *(f"  {inner}: {text}" for inner, text in value.items())]
    return [f"{key}: {flow_list(value) if isinstance(value, list) else scalar(value)}"]


def _indented(spaces: int, lines: Iterable[str]) -> list[str]:
    return [" " * spaces + line for line in lines]
