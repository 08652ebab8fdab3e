"""The package for programs in other languages: a mesh in YAML, and the SDKs of the others."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import (
    PROGRAMS,
    REPOSITORY,
    FakeClusters,
    Project,
    new_clusters,
    open_project,
)
from tests.fake_api import Answer, server_pair, serving
from tests.fake_clusters import answers
from tests.kubeconfigs import as_text, kubeadm
from tests.unit.scripts import fake_clis
from tools.golang import build_environment
from tools.paths import MODULES_DIR
from tools.toolchain import Toolchain, ensure

PACKAGE = REPOSITORY / "package"
EXAMPLE = REPOSITORY / "examples/yaml"
HOSTS = tuple(f"pulumi-language-{language}" for language in ("yaml", "nodejs", "go"))
TOKEN = "cilium-clustermesh:index:"


@pytest.fixture(scope="module")
def hosts() -> Toolchain:
    return ensure((*PROGRAMS, *HOSTS))


@pytest.fixture
def example(tmp_path: Path, hosts: Toolchain) -> Project:
    """The example in a clone, as it is."""
    clone = tmp_path / "project"
    for part in ("state", "tmp", "project/package", "project/examples/yaml"):
        (tmp_path / part).mkdir(parents=True)
    (clone / "components").symlink_to(REPOSITORY / "components")
    (clone / ".venv").symlink_to(sys.prefix)
    for name in ("PulumiPlugin.yaml", "__main__.py"):
        shutil.copy(PACKAGE / name, clone / "package")
    shutil.copy(EXAMPLE / "Pulumi.yaml", clone / "examples/yaml")
    made = open_project(tmp_path, hosts)
    made.folder = clone / "examples/yaml"
    created = made.pulumi("stack", "init", "test")
    assert created.returncode == 0, created.stderr
    return made


@pytest.fixture
def project(example: Project) -> Project:
    """The example, whose package writes to files what would go to Kubernetes."""
    package = example.folder.parents[1] / "package"
    (package / "__main__.py").rename(package / "plugin.py")
    shutil.copy(Path(__file__).with_name("packaged.py"), package / "__main__.py")
    write(example, program())
    return example


@pytest.fixture
def clusters(tmp_path: Path) -> FakeClusters:
    made = new_clusters(tmp_path)
    for number in (1, 2):
        made.change(f"cluster0{number}", address=f"192.0.2.{number}")
    return made


@pytest.fixture(autouse=True)
def _api_servers(example: Project, clusters: FakeClusters) -> Iterator[None]:
    """The clusters of the example, which preflight reads."""
    with ExitStack() as stack:
        for cluster in mesh_of(program())["clusters"]:
            api = stack.enter_context(serving(server_pair()))
            api.respond = partial(_respond, clusters, cluster)
            path = example.folder / cluster["kubeconfig"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_text(kubeadm(api.url)))
        yield


def _respond(
    clusters: FakeClusters,
    cluster: dict[str, Any],
    method: str,
    path: str,
    _: dict[str, list[str]],
    body: bytes,
) -> Answer:
    """Accept what is applied, which is only a claim, and answer all else."""
    return (201, json.loads(body)) if method == "PATCH" else _answer(clusters, cluster, path)


def _answer(clusters: FakeClusters, cluster: dict[str, Any], path: str) -> Answer:
    """The state of the fake CLIs, or else what preflight wants."""
    held = fake_clis.served(clusters.state[cluster["name"]])
    is_held = path in held or path.rpartition("/")[0] in held
    found = (held if is_held else answers(cluster)).get(path)
    if found is None:
        return 404, {"kind": "Status", "message": f"{path} not found"}
    return 200, {"items": found} if isinstance(found, list) else found


def program() -> dict[str, Any]:
    """The example, without traffic, and with providers that write to files as well."""
    text = (EXAMPLE / "Pulumi.yaml").read_text()
    made: dict[str, Any] = yaml.safe_load(text)
    mesh_of(made).update(demo={"enabled": False}, verification={"enabled": False})
    for number, cluster in enumerate(mesh_of(made)["clusters"], start=31001):
        # A file only has the NodePort that it was given.
        cluster["apiServer"] = {"nodePort": number}
    for one in made["resources"].values():
        if one["type"] == "pulumi:providers:kubernetes":
            one["properties"] = {"renderYamlToDirectory": "rendered"}
    return made


def mesh_of(made: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = made["resources"]["mesh"]["properties"]
    return properties


def write(project: Project, made: dict[str, Any]) -> None:
    (project.folder / "Pulumi.yaml").write_text(yaml.safe_dump(made, sort_keys=False))


def test_the_example_is_planned(example: Project) -> None:
    planned = example.planned()
    assert set(planned.values()) == {"create"}
    kinds = ("ApiServerService", "MeshMember", "MeshPeers", "RebelBase", "XWing", "GlobalService")
    wanted = {f"{kind}::cluster0{number}" for kind in kinds for number in (1, 2)}
    within = {f"{TOKEN}ClusterMesh${TOKEN}{one}" for one in wanted | {"MeshVerification::mesh"}}
    services = {f"{TOKEN}GlobalService::alderaan0{number}" for number in (1, 2)}
    assert within | services | {f"{TOKEN}ClusterMesh::mesh"} <= planned.keys()


def test_a_program_in_yaml_joins_clusters_watches_them_and_lets_them_go(
    project: Project, clusters: FakeClusters, tmp_path: Path
) -> None:
    done = project.up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert clusters.peers("cluster01") == {"cluster02"}
    assert clusters.peers("cluster02") == {"cluster01"}
    outputs = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert outputs["kubeconfig"] == "[secret]"
    assert outputs["mesh"] == {"cluster01": ["cluster02"], "cluster02": ["cluster01"]}
    assert [one["meshEndpoint"] for one in outputs["clusters"]] == [
        "192.0.2.1:32257",
        "192.0.2.2:32258",
    ]
    check_state(project.state(), tmp_path)

    lose_peers(clusters)
    clusters.forget_calls()
    assert "cluster01/peers: drift: cluster02" in refresh_drifts(project)
    assert project.up().returncode == 0
    assert clusters.peers("cluster01") == {"cluster02"}
    assert {call[2] for call in clusters.calls() if "upgrade" in call} == {"cluster01"}
    assert project.up("--expect-no-changes").returncode == 0

    assert project.destroy().returncode == 0
    assert clusters.peers("cluster01") == set()
    assert project.state() == []


def check_state(state: list[dict[str, Any]], folder: Path) -> None:
    """Everything is in the mesh, and another machine could continue from here."""
    urns = {one["urn"].partition("::clustermesh-in-yaml::")[2] for one in state}
    assert f"{TOKEN}ClusterMesh::mesh" in urns
    assert f"{TOKEN}ClusterMesh${TOKEN}MeshMember$command:local:Command::cluster01-enable" in urns
    assert f"{TOKEN}ClusterMesh${TOKEN}MeshPeers${TOKEN}Drift::cluster01-peers-drift" in urns
    assert f"{TOKEN}GlobalService$kubernetes:core/v1:Service::alderaan02-global-service" in urns
    (run,) = {
        one["inputs"]["create"].rpartition("/scripts/")[0]
        for one in state
        if one["type"] == "command:local:Command"
    }
    assert run == "exec sh ../../components"
    text = json.dumps([one for one in state if not one["type"].startswith("pulumi:providers")])
    assert str(folder) not in text
    assert "client-key-data" not in text


def refresh_drifts(project: Project) -> str:
    """Refresh only what reads clusters: files cannot be read as objects."""
    done = project.pulumi("refresh", "--yes", "--skip-preview", "--target", "**:Drift::*")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def lose_peers(clusters: FakeClusters) -> None:
    release = clusters.state["cluster01"]["release"]
    release["config"]["clustermesh"]["config"]["clusters"] = []
    clusters.change("cluster01", release=release | {"version": release["version"] + 1})


def test_all_faults_are_said_in_yaml_without_a_trace(project: Project) -> None:
    made = program()
    first, second = mesh_of(made)["clusters"]
    first["id"], second["podCidrs"] = 700, [*first["podCidrs"]]
    write(project, made)
    answer = project.pulumi("preview")
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert "The arguments of ClusterMesh have 2 faults" in said
    assert "Traceback" not in said
    assert 'File "' not in said


def test_sdks_for_other_languages_are_written_and_the_one_for_go_compiles(
    project: Project, tmp_path: Path
) -> None:
    """The schema comes from Python only once; its written form describes the arguments."""
    answer = project.pulumi("package", "get-schema", str(PACKAGE))
    assert answer.returncode == 0, answer.stderr
    schema = tmp_path / "schema.json"
    schema.write_text(answer.stdout)
    sdks = {language: write_sdk(project, schema, language) for language in ("nodejs", "go")}
    typescript = (sdks["nodejs"] / "clusterMesh.ts").read_text()
    assert "clusters: pulumi.Input<pulumi.Input<inputs.ClusterArgs>[]>" in typescript
    assert "public /*out*/ readonly kubeconfig!: pulumi.Output<string>" in typescript
    compile_go(sdks["go"] / "ciliumclustermesh")


def write_sdk(project: Project, schema: Path, language: str) -> Path:
    folder = schema.parent / "sdk"
    words = ("package", "gen-sdk", str(schema), "--language", language, "--out", str(folder))
    answer = project.pulumi(*words)
    assert answer.returncode == 0, answer.stderr
    return folder / language


def compile_go(sdk: Path) -> None:
    """Compile it with what the language hosts were compiled with, so that nothing is fetched."""
    pins = MODULES_DIR / "pulumi-languages"
    module = (pins / "go.mod").read_text().partition("\nrequire")
    name = "example.com/pulumi-cilium-clustermesh/sdk/go/cilium-clustermesh"
    (go,) = re.findall(r"^go .*$", module[0], re.MULTILINE)
    (sdk / "go.mod").write_text(f"module {name}\n\n{go}\n{''.join(module[1:])}")
    shutil.copy(pins / "go.sum", sdk)
    done = subprocess.run(
        ["go", "build", "-trimpath", "./..."],
        cwd=sdk,
        env=build_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
