"""The house with its rooms: who may import whom, and where Pulumi's SDK may be imported.

docs/components.md shows the same as a picture, which is held to this table.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "components"
PICTURE = ROOT / "docs/components.md"

_FACTS = {"common", "cilium", "kubeconfig", "kube_api", "config", "facts"}
_BELOW = {*_FACTS, "reachability", "rendering", "node", "checks", "scripts", "plumbing"}
ROOMS: Mapping[str, Collection[str]] = {
    "common": set(),
    "cilium": {"common"},
    "reachability": set(),
    "kubeconfig": {"common"},
    "kube_api": {"common", "kubeconfig"},
    "config": {"common", "kubeconfig"},
    "facts": _FACTS - {"facts"},
    "rendering": {"common", "config"},
    "node": {"common", "config", "facts"},
    "checks": {"common", "cilium", "kube_api", "config", "facts", "node"},
    "scripts": {"common", "cilium", "reachability", "kube_api", "node"},
    "plumbing": {"common"},
    "components": _BELOW,
    "procedure": {*_BELOW, "components"},
    "cluster_mesh": {*_BELOW, "components", "procedure"},
    "plugin": {"cluster_mesh", "components", "plumbing", "config"},
    "former": set(),
}
"""What each room may import from: `components` are the files that show the components,
`cluster_mesh` is the one of them that runs the procedure."""
WITH_PULUMI = {"plumbing", "components", "procedure", "cluster_mesh", "plugin"}
OTHER_HOUSES = {"lab", "tools"}
"""They know nothing of `components`, nor that of them."""


def modules(folder: Path) -> dict[str, Path]:
    """The modules below a folder of the project, by their dotted names."""
    found = {}
    for path in folder.rglob("*.py"):
        *parts, name = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts if name == "__init__" else [*parts, name])] = path
    return found


def imports(module: str, path: Path, known: Collection[str]) -> Iterator[str]:
    """The modules that one imports, wherever in it; of others than the known, what stands there."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{origin}.{one.name}" for one in node.names]
            yield from (name if name in known else origin for name in names)


def room(module: str) -> str:
    """The room that a module of `components` lies in."""
    _, *inner = module.split(".")
    if not inner or module == "components.cluster_mesh":
        return inner[0] if inner else "components"
    return inner[0] if (FOLDER / inner[0]).is_dir() else "components"


def edges(files: Mapping[str, Path]) -> list[tuple[str, str]]:
    """Who imports whom, within `components`."""
    return [
        (module, target)
        for module, path in files.items()
        for target in imports(module, path, files)
        if target.split(".")[0] == "components"
    ]


def broken(found: Collection[tuple[str, str]]) -> list[str]:
    """What is imported against the table."""
    return [
        f"{module} imports {target}"
        for module, target in found
        # It gives every public name a home, and imports none before it is asked for.
        if module != "components"
        and room(module) != room(target)
        and room(target) not in ROOMS[room(module)]
    ]


FILES = modules(FOLDER)


def test_every_import_is_one_that_the_table_allows() -> None:
    assert broken(edges(FILES)) == []


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("components.common.labels", "components.config.models"),
        ("components.scripts.peers", "components.config.models"),
        ("components.plumbing.options", "components.facts.cluster"),
        ("components.mesh_peers", "components.procedure.site"),
        ("components.checks.owner", "components.plumbing.outputs"),
    ],
)
def test_an_import_upwards_is_found(module: str, target: str) -> None:
    assert broken([(module, target)]) == [f"{module} imports {target}"]


def test_every_room_is_in_the_table_and_no_other() -> None:
    assert {room(module) for module in FILES} == set(ROOMS)


def pictured() -> list[list[tuple[str, str]]]:
    """The storeys of the picture from the top: each room with what it may import.

    An empty storey stands for the line below the rooms with Pulumi.
    """
    _, found, rest = PICTURE.read_text().partition("```rooms\n")
    assert found, "docs/components.md has no picture"
    storeys: list[list[tuple[str, str]]] = [[]]
    for line in rest.partition("```")[0].splitlines():
        if line.startswith("│"):
            about, _, allowed = line.strip("│ ").partition("→")
            storeys[-1].append((about.split()[0], allowed.strip()))
        else:
            storeys += [[], []] if line.startswith("╞") else [[]]
    return storeys[1:-1]


def test_the_picture_is_the_table() -> None:
    allowed: dict[str, set[str]] = {}
    below: set[str] = set()
    for storey in reversed(pictured()):
        for one, words in storey:
            named = {"nothing": set[str](), "all below": set(below)}.get(words, set(words.split()))
            assert named <= below, f"{one} is no higher than {named - below}"
            allowed[one] = named
        below |= {one for one, _ in storey}
    used = {one for names in ROOMS.values() for one in names}
    # A room that uses none and is used by none has no storey.
    assert allowed == {one: set(names) for one, names in ROOMS.items() if names or one in used}


def test_the_line_in_the_picture_is_below_the_rooms_with_pulumi() -> None:
    storeys = pictured()
    above = storeys[: storeys.index([])]
    assert {one for storey in above for one, _ in storey} == WITH_PULUMI


def test_no_two_modules_need_each_other() -> None:
    """Not over others, either: what is left after taking away who needs nobody, is a circle."""
    needs = {module: set[str]() for module in FILES}
    for module, target in edges(FILES):
        # A folder's own text is loaded with whatever lies in it, and imports nothing.
        if module != "components" and target != module and FILES[target].name != "__init__.py":
            needs[module].add(target)
    while free := {module for module, wanted in needs.items() if not wanted}:
        needs = {module: wanted - free for module, wanted in needs.items() if module not in free}
    assert needs == {}


def test_pulumi_is_imported_where_the_table_allows_it_alone() -> None:
    found = {
        room(module)
        for module, path in FILES.items()
        for target in imports(module, path, FILES)
        if re.match(r"pulumi(_\w+)?(\.|$)", target)
    }
    assert found == WITH_PULUMI


def test_the_components_and_the_lab_know_nothing_of_each_other() -> None:
    houses = {"components", *OTHER_HOUSES}
    for house in houses:
        others = {"components"} if house in OTHER_HOUSES else OTHER_HOUSES
        files = modules(ROOT / house)
        found = {
            f"{module} imports {target}"
            for module, path in files.items()
            for target in imports(module, path, files)
            if target.split(".")[0] in others
        }
        assert found == set()


def test_the_top_of_components_shows_the_components() -> None:
    files = [path for path in FOLDER.iterdir() if path.is_file()]
    assert len(files) <= 20
