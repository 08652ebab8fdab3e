"""Work copies of modules whose sources are completed before they are built.

A step gets an empty folder, fills it with all that the build needs and returns nothing; the folder
is removed after the build.
"""

import gzip
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from tools.catalogue import CILIUM_VERSION, PULUMI_KUBERNETES_VERSION
from tools.golang import module_dir
from tools.paths import MODULES_DIR

CILIUM_MODULE = "github.com/cilium/cilium"
KUBERNETES_PROVIDER_MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"


def cilium_charts(work: Path) -> None:
    """Give the cilium CLI the chart of the Cilium version that the toolchain builds."""
    shutil.copytree(MODULES_DIR / "cilium-cli", work, dirs_exist_ok=True)
    chart = module_dir(CILIUM_MODULE, "cilium") / "install" / "kubernetes" / "cilium"
    pack_folder(chart, work / "charts" / f"cilium-{CILIUM_VERSION}.tgz")


def kubernetes_provider_schema(work: Path) -> None:
    """Put the schema that the provider embeds beside its main.

    Upstream's generate.go does the same at release time: it sets the schema's version and writes
    both files without white space.
    """
    name = "pulumi-resource-kubernetes"
    shutil.copytree(MODULES_DIR / name, work, dirs_exist_ok=True)
    sources = module_dir(KUBERNETES_PROVIDER_MODULE, name) / "cmd" / name
    schema = json.loads((sources / "schema.json").read_bytes())
    schema["version"] = PULUMI_KUBERNETES_VERSION
    _write_compact(work / "schema.json", schema)
    mapping = json.loads((sources / "terraform-mapping.json").read_bytes())
    _write_compact(work / "terraform-mapping.json", mapping)


def _write_compact(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False))


def pack_folder(folder: Path, archive: Path) -> None:
    """Pack a folder as a .tgz whose bytes depend on nothing but names and contents."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                _add(tar, path, f"{folder.name}/{path.relative_to(folder)}")


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = path.stat().st_size
    entry.mode = 0o644
    with path.open("rb") as content:
        tar.addfile(entry, content)


STEPS: dict[str, Callable[[Path], None]] = {
    "cilium_charts": cilium_charts,
    "kubernetes_provider_schema": kubernetes_provider_schema,
}
