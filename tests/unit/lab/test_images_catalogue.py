"""The catalogue: every image that the manifests ask for, with what its containers need."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from lab.images.apt import Apt
from lab.images.catalogue import (
    _AGENT_TOOLS,
    _BASE,
    _WEB_TOOLS,
    PROGRAMS,
    Ingredients,
    debian_layers,
    recipes,
)
from lab.images.debian import DebianLayer
from lab.images.digests import Digests
from lab.images.standins import PROGRAMS as STANDINS
from lab.images.tree import Link, Tree, TreeLayer

SOURCES = (
    "bpf/bpf_host.c",
    "bpf/lib/common.h",
    "bpf/tests/a_test.c",
    "bpf/complexity-tests/b.c",
    "clustermesh-apiserver/etcd-config.yaml",
    "images/cilium/init-container.sh",
    "plugins/cilium-cni/cni-uninstall.sh",
    "plugins/cilium-cni/install-plugin.sh",
)


@dataclass
class FakePrograms:
    """Programs and sources that are a few bytes each."""

    folder: Path
    asked: set[str] = field(default_factory=set)

    def path(self, program: str) -> Path:
        self.asked.add(program)
        path = self.folder / program
        if not path.exists():
            path.write_text(program)
        return path

    def module_dir(self, module: str, gomod: str) -> Path:
        assert (module, gomod) == ("github.com/cilium/cilium", "cilium")
        source = self.folder / "source"
        for name in SOURCES:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(name)
        return source


@pytest.fixture
def have(tmp_path: Path) -> Ingredients:
    programs = FakePrograms(tmp_path)
    standins = {name: programs.path(f"standin-{name}") for name in STANDINS}
    programs.asked.clear()
    return Ingredients(programs, standins, Digests(tmp_path / "digests"), Apt(), "bookworm")


def tree_of(have: Ingredients, image: str) -> Tree:
    (recipe,) = (one for one in recipes(have) if one.name == image)
    layer = recipe.layers[-1]
    assert isinstance(layer, TreeLayer)
    return layer._tree


def test_every_image_that_the_lab_runs_has_the_name_that_its_manifests_ask_for(
    have: Ingredients,
) -> None:
    assert {recipe.reference for recipe in recipes(have)} == {
        "registry.k8s.io/kube-apiserver:v1.33.4",
        "registry.k8s.io/kube-controller-manager:v1.33.4",
        "registry.k8s.io/kube-scheduler:v1.33.4",
        "registry.k8s.io/etcd:3.5.24-0",
        "registry.k8s.io/coredns/coredns:v1.12.4",
        "registry.k8s.io/pause:3.10",
        "quay.io/cilium/cilium:v1.18.4",
        "quay.io/cilium/operator-generic:v1.18.4",
        "quay.io/cilium/clustermesh-apiserver:v1.18.4",
        "quay.io/cilium/certgen:v0.2.4",
        "docker.io/library/nginx:1.15.8",
        "quay.io/cilium/json-mock:v1.3.3",
    }


def test_the_images_take_from_the_toolchain_exactly_what_is_asked_of_it(have: Ingredients) -> None:
    recipes(have)
    assert isinstance(have.programs, FakePrograms)
    assert have.programs.asked == set(PROGRAMS)


def test_the_agent_finds_itself_its_plugins_and_its_datapath(have: Ingredients) -> None:
    tree = tree_of(have, "cilium")
    assert tree["usr/bin/cilium"] == Link("cilium-dbg")
    assert {path for path in tree if path.startswith("var/lib/cilium/bpf/")} == {
        "var/lib/cilium/bpf/bpf_host.c",
        "var/lib/cilium/bpf/lib/common.h",
    }
    for path in (
        "opt/cni/bin/cilium-cni",
        "cni/loopback",
        "install-plugin.sh",
        "init-container.sh",
    ):
        assert path in tree


def test_clustermesh_apiserver_may_write_where_it_has_to(have: Ingredients) -> None:
    tree = tree_of(have, "clustermesh-apiserver")
    modes = {path: entry.mode for path, entry in tree.items() if not isinstance(entry, Link)}
    assert modes["var/run/cilium"] & 0o777 == modes[".config"] & 0o777 == 0o777
    assert modes["tmp"] == 0o1777


def test_no_layer_on_debian_replaces_a_link_into_usr_by_a_folder(have: Ingredients) -> None:
    """`/bin`, `/var/run` and the like are links: a path through them would hide their targets."""
    trees = [tree_of(have, "cilium"), tree_of(have, "json-mock")]
    trees += [_AGENT_TOOLS.extra, _WEB_TOOLS.extra]
    through_links = ("bin/", "sbin/", "lib/", "lib64/", "var/run/", "var/lock/")
    assert [path for tree in trees for path in tree if path.startswith(through_links)] == []
    assert _BASE.extra["bin"] == Link("usr/bin")


def test_images_that_share_a_base_share_its_layer(have: Ingredients) -> None:
    bases = {
        recipe.name: recipe.layers[0].key
        for recipe in recipes(have)
        if recipe.name in ("cilium", "nginx", "json-mock")
    }
    assert len(bases) == 3
    assert len(set(bases.values())) == 1


def test_a_rebuilt_program_changes_its_own_image_alone(have: Ingredients, tmp_path: Path) -> None:
    before = {recipe.name: recipe.key for recipe in recipes(have)}
    (tmp_path / "etcd-clustermesh").write_text("another etcd")
    fresh = replace(have, digests=Digests(tmp_path / "digests-2"))
    after = {recipe.name: recipe.key for recipe in recipes(fresh)}
    assert [name for name in before if before[name] != after[name]] == ["clustermesh-apiserver"]


def test_the_layers_that_are_made_before_the_programs_are_those_of_the_images(
    have: Ingredients,
) -> None:
    wanted = {
        layer.key
        for recipe in recipes(have)
        for layer in recipe.layers
        if isinstance(layer, DebianLayer)
    }
    assert {one.key for one in debian_layers(have.digests, have.apt, have.suite)} == wanted
