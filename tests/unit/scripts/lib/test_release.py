"""An upgrade of the release changes what was asked, and nothing that the CLI would guess."""

import base64
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from components.cilium import helm_release
from components.cilium.helm_release import Release
from components.scripts.lib import release
from components.scripts.lib.cli import Cli, CliError

CHART: dict[str, Any] = {
    "metadata": {"name": "cilium", "version": "1.18.4"},
    "values": {"k8sServiceHost": "", "k8sServicePort": ""},
}


class Recorder:
    """Keeps the input of `cilium upgrade`; the file with the values is gone afterwards."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}
        self.words: tuple[str, ...] = ()

    def write_release(self, _: str, *words: str, timeout: float) -> str:
        self.words = words
        (file,) = [word for word in words if word.startswith("--values=")]
        self.given = json.loads(Path(file.removeprefix("--values=")).read_text())
        return ""


@pytest.mark.parametrize(
    "own",
    [
        {"k8sServiceHost": "10.0.0.1", "k8sServicePort": 6443},
        {"k8sServiceHost": "", "k8sServicePort": ""},
    ],
    ids=["set", "the chart's default"],
)
def test_the_agents_keep_the_api_server_that_the_release_gives_them(own: dict[str, Any]) -> None:
    """By default the CLI writes the kubeconfig's server there: the NodePort, lost at a restart."""
    recorder = Recorder()
    values = {key: value for key, value in own.items() if value}
    found = Release(revision=1, status="deployed", values=values, chart=CHART)
    release.set_values(cast(Cli, recorder), "one", found, {"debug": {"enabled": True}}, 5)
    assert recorder.given == {"debug": {"enabled": True}, **own}


FOREIGN = {"name": "foreign", "ips": ["192.0.2.9"], "port": 32001}
OFF = {"name": "cluster02", "ips": ["192.0.2.8"], "port": 1, "enabled": False}


def listed(clusters: object) -> Release:
    values = {"clustermesh": {"config": {"clusters": clusters}}}
    return Release(revision=1, status="deployed", values=values, chart=CHART)


def test_peers_are_added_as_the_cli_writes_them_and_no_other_is_changed() -> None:
    """One that was switched off is on again, as after the CLI's `connect`."""
    found = listed([FOREIGN, OFF])
    endpoints = {"cluster02": "172.30.0.2:32258", "cluster03": "[fd00::3]:32259"}
    added = found.with_peers(endpoints)
    assert added["clustermesh"]["config"]["clusters"] == [
        FOREIGN,
        {"name": "cluster02", "ips": ["172.30.0.2"], "port": 32258},
        {"name": "cluster03", "ips": ["fd00::3"], "port": 32259},
    ]
    after = listed(added["clustermesh"]["config"]["clusters"])
    assert after.peers == {"foreign": "192.0.2.9:32001", **endpoints}


def test_where_the_values_have_a_map_of_peers_helm_adds_to_it() -> None:
    """And removes what else an entry had: here, that it was off."""
    foreign, off = ({key: one[key] for key in one if key != "name"} for one in (FOREIGN, OFF))
    found = listed({"foreign": foreign, "cluster02": off})
    added = found.with_peers({"cluster02": "172.30.0.2:32258"})
    assert added["clustermesh"]["config"]["clusters"] == {
        "cluster02": {"ips": ["172.30.0.2"], "port": 32258, "enabled": None}
    }


@pytest.mark.parametrize(
    "packed", [b"", b"c4n4ry", gzip.compress(b"c4n4ry", mtime=0), b"\x1f\x8b\x08" + b"c" * 20]
)
def test_a_release_that_cannot_be_decoded_is_told_without_its_content(packed: bytes) -> None:
    data = base64.b64encode(base64.b64encode(packed)).decode()
    with pytest.raises(CliError, match="helm history cilium -n kube-system") as error:
        release.decoded(data)
    assert "c4n4ry" not in str(error.value)


@pytest.mark.parametrize("name", ["../outside", "templates/../../outside", "/outside"])
def test_a_chart_cannot_be_laid_out_beside_its_folder(name: str, tmp_path: Path) -> None:
    """Otherwise whoever may write the release's Secret could use all rights of the update."""
    file = {"name": name, "data": ""}
    folder = tmp_path / "chart"
    with pytest.raises(CliError, match="has a file outside its folder"):
        release.write_chart({**CHART, "templates": [file]}, folder)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("secret", [{}, {"data": None}, {"data": {}}, {"data": {"release": ""}}])
def test_a_release_secret_that_holds_nothing_cannot_be_decoded(secret: dict[str, Any]) -> None:
    with pytest.raises(helm_release.UndecodableError):
        helm_release.decode(helm_release.packed(secret))


@pytest.mark.parametrize(("room", "is_in_memory"), [(1, True), (2**62, False)])
def test_a_chart_is_laid_out_in_memory_where_there_is_room(
    room: int, is_in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container has little of it by default; and no chart is left there."""
    monkeypatch.setattr(release, "_IN_MEMORY", tmp_path)
    monkeypatch.setattr(release, "_ROOM", room)
    recorder = Recorder()
    release.set_values(cast(Cli, recorder), "one", Release(1, "deployed", {}, CHART), {}, 5)
    (chart,) = [word for word in recorder.words if word.startswith("--chart-directory=")]
    assert (str(tmp_path) in chart) is is_in_memory
    assert list(tmp_path.iterdir()) == []


def test_a_chart_is_laid_out_on_disk_where_nothing_is_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(release, "_IN_MEMORY", Path("/nowhere"))
    assert release._place() is None


TEMPLATE = "cilium/templates/cilium-agent/daemonset.yaml"


def stored(
    sources: Sequence[str] = (TEMPLATE,),
    templates: Sequence[str] = ("templates/cilium-agent/daemonset.yaml",),
    hooks: Sequence[str] = (),
    **metadata: Any,
) -> str:
    """A release Secret's data, whose manifest says that it was made from these templates."""
    objects = [f"---\n# Source: {source}\nkind: X\n" for source in sources]
    release = {
        "version": 3,
        "info": {"status": "deployed"},
        "config": {},
        "manifest": "".join(objects),
        "hooks": [{"path": hook} for hook in hooks],
        "chart": {
            "metadata": {"name": "cilium", "version": "1.18.4", **metadata},
            "templates": [{"name": name, "data": ""} for name in templates],
        },
    }
    return packed(release)


def packed(release: object) -> str:
    data = gzip.compress(json.dumps(release).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(data)).decode()


WRAPPED = "cilium/charts/cilium/templates/cilium-agent/daemonset.yaml"
UNMANAGEABLE = {
    "a wrapper of the same name": (
        stored([WRAPPED], (), dependencies=[{"name": "cilium"}], version="0.1.0"),
        "its chart 'cilium' has the sub-charts 'cilium', which Helm does not keep",
    ),
    "a wrapper of another name": (
        stored(["x/charts/cilium/templates/a.yaml"], (), name="x", dependencies=[{"name": "c"}]),
        "its chart 'x' has the sub-charts 'c'",
    ),
    "a sub-chart that is not declared": (
        stored([TEMPLATE, WRAPPED]),
        f"Helm does not keep the templates of what is deployed: '{WRAPPED}'",
    ),
    "a hook of a sub-chart": (
        stored(hooks=["cilium/charts/x/templates/job.yaml"]),
        "Helm does not keep the templates of what is deployed",
    ),
    "somebody else's chart": (stored(name="ck-network"), "its chart is 'ck-network', not Cilium's"),
    "no chart that has a name": (stored(name=None), "its chart is 'None', not Cilium's own"),
    "a template that was left out": (
        stored([TEMPLATE, "cilium/templates/extra.yaml"]),
        "'cilium/templates/extra.yaml'",
    ),
    "a post-renderer": (
        packed(
            {
                "version": 1,
                "info": {"status": "deployed"},
                "manifest": "kind: DaemonSet\n---\nkind: X\n",
                "chart": CHART,
            }
        ),
        "changed its objects after they were rendered (a post-renderer)",
    ),
}


@pytest.mark.parametrize(("data", "text"), UNMANAGEABLE.values(), ids=UNMANAGEABLE)
def test_what_cannot_be_rendered_again_is_never_written(data: str, text: str) -> None:
    """Helm would delete what its stored chart does not render: Cilium itself."""
    found = helm_release.decode(data)
    assert found.refusal is not None and text in found.refusal
    recorder = Recorder()
    with pytest.raises(release.UnmanageableError) as error:
        release.set_values(cast(Cli, recorder), "one", found, {"debug": {"enabled": True}}, 5)
    with pytest.raises(release.UnmanageableError):
        release.write(cast(Cli, recorder), "one", found, "clustermesh", "enable", timeout=5)
    assert recorder.words == ()
    for part in (text, "Nothing was changed", "declare the mesh in the values of whatever"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        stored(),
        stored([TEMPLATE, TEMPLATE], hooks=[TEMPLATE]),
        stored(dependencies=None),
        stored(dependencies=[]),
        stored([]),
        packed(
            {
                "version": 1,
                "info": {"status": "deployed"},
                "manifest": f"---\n\n---\n# Source: {TEMPLATE}\n# more\na: |\n  ---\n  b\n",
                "chart": {
                    "metadata": {"name": "cilium"},
                    "templates": [{"name": "templates/cilium-agent/daemonset.yaml"}],
                },
            }
        ),
    ],
)
def test_a_chart_of_ciliums_own_may_be_written(data: str) -> None:
    assert helm_release.decode(data).refusal is None


@pytest.mark.parametrize(
    "chart",
    [
        None,
        [],
        "x",
        {"metadata": {"name": "cilium", "dependencies": "x"}},
        {"metadata": {"name": "cilium", "dependencies": [1]}},
        {"metadata": {"name": "cilium"}, "templates": [None]},
    ],
)
def test_a_chart_of_another_shape_cannot_be_decoded(chart: object) -> None:
    told = {"version": 1, "info": {"status": "deployed"}, "chart": chart}
    told["manifest"] = "# Source: cilium/templates/a.yaml"
    with pytest.raises(helm_release.UndecodableError):
        helm_release.decode(packed(told))


def test_a_release_that_unpacks_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm_release, "_LARGEST", 1000)
    data = base64.b64encode(base64.b64encode(gzip.compress(b" " * 1001))).decode()
    with pytest.raises(helm_release.UndecodableError):
        helm_release.decode(data)
