import json
import os
import tarfile
from pathlib import Path

import pytest

from tools import prepare
from tools.catalogue import (
    CILIUM_VERSION,
    PULUMI_KUBERNETES_BUILD,
    PULUMI_KUBERNETES_VERSION,
)


def _chart(folder: Path) -> Path:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("name: cilium\n")
    (folder / "templates" / "a.yaml").write_text("a\n")
    return folder


def test_the_same_chart_packs_to_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.tgz", tmp_path / "two.tgz"
    prepare.pack_folder(_chart(tmp_path / "a" / "cilium"), one)
    prepare.pack_folder(_chart(tmp_path / "b" / "cilium"), two)
    assert one.read_bytes() == two.read_bytes()


def test_the_cilium_cli_gets_the_chart_where_it_embeds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _chart(tmp_path / "sources" / "install" / "kubernetes" / "cilium")
    monkeypatch.setattr(prepare, "module_dir", lambda _module, _gomod: tmp_path / "sources")
    work = tmp_path / "work"
    work.mkdir()
    prepare.cilium_charts(work)
    assert (work / "go.mod").exists()
    with tarfile.open(work / "charts" / f"cilium-{CILIUM_VERSION}.tgz") as chart:
        assert chart.getnames() == ["cilium/Chart.yaml", "cilium/templates/a.yaml"]


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The work copy of the Kubernetes provider, made from a module cache that is read-only."""
    sources = tmp_path / "sources"
    embedded = sources / "cmd" / "pulumi-resource-kubernetes"
    embedded.mkdir(parents=True)
    (embedded / "schema.json").write_text('{\n  "name": "kubernetes"\n}')
    (embedded / "terraform-mapping.json").write_text('{ "a": 1 }')
    package = sources / "pkg" / "provider"
    package.mkdir(parents=True)
    (package / "provider_construct.go").write_text("package provider // with components\n")
    (package / "provider.go").write_text("package provider\n")
    (sources / "go.mod").write_text("module x\n")
    package.chmod(0o555)
    monkeypatch.setattr(prepare, "module_dir", lambda _module, _gomod: sources)
    work = tmp_path / "work"
    work.mkdir()
    prepare.kubernetes_provider(work)
    package.chmod(0o755)
    return work


def test_the_kubernetes_provider_embeds_a_schema_that_knows_its_version(provider: Path) -> None:
    schema = json.loads((provider / "schema.json").read_text())
    assert schema == {"name": "kubernetes", "version": PULUMI_KUBERNETES_VERSION}
    assert (provider / "terraform-mapping.json").read_text() == '{"a":1}'
    assert (provider / "main.go").exists()


def test_it_is_built_without_components_of_its_own_and_refuses_one_by_its_name(
    provider: Path,
) -> None:
    package = provider / "provider/pkg/provider"
    construct = (package / "provider_construct.go").read_text()
    assert "is a component of Pulumi's Kubernetes provider" in construct
    assert "sdk/v4" not in construct
    assert (package / "provider.go").read_text() == "package provider\n"
    assert os.access(package, os.W_OK)
    last = (provider / "go.mod").read_text().splitlines()[-1]
    assert last == "replace github.com/pulumi/pulumi-kubernetes/provider/v4 => ./provider"
    assert f"{PULUMI_KUBERNETES_VERSION}+without.components" == PULUMI_KUBERNETES_BUILD
