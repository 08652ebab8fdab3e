"""Work copies of modules whose sources are completed before they are built.

A step gets an empty folder, fills it with all that the build needs and returns nothing; the folder
is removed after the build.
"""

import gzip
import json
import os
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


def kubernetes_provider(work: Path) -> None:
    """Complete the provider's sources: without components of its own, with the schema it embeds.

    Its components (yaml/v2, helm.sh/v4, kustomize/v2) are all that needs Pulumi's SDK of every
    kind of Kubernetes, half of what there would be to compile; nothing here makes one. Go lets no
    file of its module cache be replaced, so the module is copied.
    """
    name = "pulumi-resource-kubernetes"
    shutil.copytree(MODULES_DIR / name, work, dirs_exist_ok=True)
    sources = module_dir(KUBERNETES_PROVIDER_MODULE, name)
    copy = work / "provider"
    shutil.copytree(sources / "pkg", copy / "pkg", copy_function=shutil.copyfile)
    # Folders of the module cache are read-only, and so would these be.
    for folder, _, _ in os.walk(copy):
        Path(folder).chmod(0o755)
    shutil.copyfile(sources / "go.mod", copy / "go.mod")
    (work / "components.go.txt").replace(copy / "pkg/provider/provider_construct.go")
    with (work / "go.mod").open("a") as file:
        file.write(f"\nreplace {KUBERNETES_PROVIDER_MODULE} => ./provider\n")
    _embed_schema(sources / "cmd" / name, work)


def _embed_schema(sources: Path, work: Path) -> None:
    """Write what upstream's generate.go writes at release time: with the version, and compact."""
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
    "kubernetes_provider": kubernetes_provider,
}
