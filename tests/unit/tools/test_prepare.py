import json
import tarfile
from pathlib import Path

import pytest

from tools import prepare
from tools.catalogue import CILIUM_VERSION, PULUMI_KUBERNETES_VERSION


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


def test_the_kubernetes_provider_embeds_a_schema_that_knows_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources" / "cmd" / "pulumi-resource-kubernetes"
    sources.mkdir(parents=True)
    (sources / "schema.json").write_text('{\n  "name": "kubernetes"\n}')
    (sources / "terraform-mapping.json").write_text('{ "a": 1 }')
    monkeypatch.setattr(prepare, "module_dir", lambda _module, _gomod: tmp_path / "sources")
    work = tmp_path / "work"
    work.mkdir()
    prepare.kubernetes_provider_schema(work)
    schema = json.loads((work / "schema.json").read_text())
    assert schema == {"name": "kubernetes", "version": PULUMI_KUBERNETES_VERSION}
    assert (work / "terraform-mapping.json").read_text() == '{"a":1}'
    assert (work / "main.go").exists()
