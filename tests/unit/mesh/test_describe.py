"""`python -m mesh describe` with real kubeconfigs, over TLS, on API servers with fixed data."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.config.loading import load
from components.config.models import MeshConfig
from components.facts.cilium_cli import CliFacts
from mesh.__main__ import main
from mesh.describe import __main__ as describe
from tests.fake_api import FakeApi, server_pair, serving
from tests.fake_clusters import answers
from tests.kubeconfigs import as_text, kubeadm
from tests.unit.facts.known import CLI

NAMESPACE = "cilium-clustermesh:"
FILE = "Pulumi.prod.yaml"
CLUSTERS = [
    {
        "name": name,
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
    }
    for number, name in enumerate(("frankfurt", "dublin"), start=1)
]


@pytest.fixture
def apis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FakeApi]]:
    """Two clusters with a kubeconfig each, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(describe, "read_cli", lambda: CLI)
    with ExitStack() as stack:
        served = []
        for cluster in CLUSTERS:
            api = stack.enter_context(serving(server_pair()))
            api.objects |= answers(cluster)
            Path(f"{cluster['name']}.yaml").write_text(as_text(kubeadm(api.url)))
            served.append(api)
        yield served


def run(*words: str) -> int:
    return main(["describe", "--stack", "prod", "frankfurt.yaml", "dublin.yaml", *words])


def loaded() -> MeshConfig:
    written = yaml.safe_load(Path(FILE).read_text())["config"]
    raw = {key.removeprefix(NAMESPACE): value for key, value in written.items()}
    return load(raw, Path.cwd())


def test_what_is_written_loads_again_and_equals_what_the_clusters_said(
    apis: list[FakeApi],
) -> None:
    assert run() == describe.COMPLETE
    found = loaded()
    said = [
        {key: one.model_dump(mode="json", by_alias=True)[key] for key in CLUSTERS[0]}
        for one in found.clusters
    ]
    assert said == CLUSTERS
    assert [one.document.cluster["server"] for one in found.clusters] == [api.url for api in apis]
    assert {method for api in apis for method in api.methods} == {"GET"}


def test_a_context_that_is_not_the_current_one_leads_to_its_cluster(apis: list[FakeApi]) -> None:
    both = kubeadm(apis[0].url)
    both["clusters"].append(
        {"name": "two", "cluster": {**both["clusters"][0]["cluster"], "server": apis[1].url}}
    )
    user = both["users"][0]["name"]
    both["contexts"].append({"name": "second:one", "context": {"cluster": "two", "user": user}})
    Path("both.yaml").write_text(as_text(both))
    words = ("--stack", "prod", "both.yaml", "both.yaml:second:one")
    assert main(["describe", *words]) == describe.COMPLETE
    assert [one.name for one in loaded().clusters] == ["frankfurt", "dublin"]


def test_gaps_are_listed_at_the_end_and_tell_by_the_exit_code(
    apis: list[FakeApi], capsys: pytest.CaptureFixture[str]
) -> None:
    apis[1].objects["/api/v1/namespaces/kube-system/pods"] = []
    assert run() == describe.INCOMPLETE
    shown = capsys.readouterr().out
    assert shown.index("Wrote") < shown.index("clusters[1].serviceCidrs")
    assert "# ? Which ranges do its Services have?" in Path(FILE).read_text()


def test_what_stops_an_update_tells_by_the_exit_code(
    apis: list[FakeApi], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe, "read_cli", lambda: CliFacts(None))
    assert run() == describe.INCOMPLETE
    assert "the cilium CLI is not on PATH" in capsys.readouterr().out
    assert Path(FILE).exists()


def test_a_file_that_is_there_is_overwritten_by_force_alone(
    apis: list[FakeApi], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(FILE).write_text("# mine\n")
    assert run() == describe.NOT_WRITTEN
    assert "--force" in capsys.readouterr().err
    assert Path(FILE).read_text() == "# mine\n"
    assert not [path for api in apis for path in api.paths]
    assert run("--force") == describe.COMPLETE
    assert len(loaded().clusters) == 2


@pytest.mark.parametrize("agrees", [True, False])
def test_on_a_terminal_it_is_asked(
    agrees: bool, apis: list[FakeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(FILE).write_text("# mine\n")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("rich.prompt.Confirm.ask", lambda *_, **__: agrees)
    assert run() == (describe.COMPLETE if agrees else describe.NOT_WRITTEN)
    assert (Path(FILE).read_text() == "# mine\n") is not agrees


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.yaml",), "there is no such file"),
        (("frankfurt.yaml:nobody",), "no such context"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_named_and_nothing_is_written(
    words: tuple[str, ...], said: str, apis: list[FakeApi], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == describe.NOT_WRITTEN
    refused = capsys.readouterr().err
    assert words[0] in refused and said in refused
    assert not Path(FILE).exists()


@pytest.mark.parametrize("words", [(), ("--stack", "prod"), ("a.yaml",)])
def test_wrong_use_ends_with_2(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["describe", *words])
    assert ended.value.code == 2


def test_nothing_secret_is_shown_or_written(
    apis: list[FakeApi], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == describe.COMPLETE
    user: dict[str, Any] = yaml.safe_load(Path("frankfurt.yaml").read_text())["users"][0]["user"]
    seen = "".join(capsys.readouterr()) + Path(FILE).read_text()
    assert not [key for key, value in user.items() if value in seen]


def test_the_documentation_has_every_option() -> None:
    document = (Path(__file__).parents[3] / "docs/environments.md").read_text()
    options = [one for action in describe._parser()._actions for one in action.option_strings]
    assert not [one for one in options if f"`{one}" not in document and one not in ("-h", "--help")]
