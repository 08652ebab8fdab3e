from pathlib import Path

import pytest

from components.config.faults.fault import ConfigFaults
from components.config.loading import from_pulumi_text, load
from components.config.preflight_levels import DEFAULT_LEVELS, Level
from tests.kubeconfigs import Pair, as_text, ca, kubeadm, leaf
from tests.unit.config.configs import config, raw, raw_cluster


def faults_of(changed: dict[str, object]) -> dict[str, str]:
    with pytest.raises(ConfigFaults) as refused:
        load(changed, Path("/"))
    return {fault.key.partition(":")[2]: fault.render() for fault in refused.value.faults}


def test_a_path_starts_at_the_project_folder_whatever_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "one.kubeconfig").write_text(as_text(kubeadm("https://192.0.2.1:6443")))
    first = raw_cluster(1, kubeconfigContent=None, kubeconfig="one.kubeconfig")
    loaded = load({"clusters": [first, raw_cluster(2)]}, tmp_path)
    assert loaded.clusters[0].document.cluster["server"] == "https://192.0.2.1:6443"


def test_a_path_may_start_at_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "config").write_text(as_text(kubeadm("https://192.0.2.1:6443")))
    first = raw_cluster(1, kubeconfigContent=None, kubeconfig="~/config")
    load({"clusters": [first, raw_cluster(2)]}, Path("/nowhere"))


def test_every_cluster_has_a_mesh_node_port_of_its_own_for_every_id() -> None:
    cluster = config().clusters[0]
    ports = {cluster.model_copy(update={"id": n}).mesh_node_port for n in range(1, 512)}
    assert len(ports) == 511
    assert min(ports) >= 30000 and max(ports) <= 32767


def test_a_mesh_node_port_does_not_depend_on_the_order_or_number_of_clusters() -> None:
    assert config(2).cluster("cluster02").mesh_node_port == config(3).clusters[1].mesh_node_port


def test_peers_are_all_others_in_the_order_of_the_config() -> None:
    assert [peer.name for peer in config(3).peers_of("cluster02")] == ["cluster01", "cluster03"]


def test_a_clusters_images_replace_those_of_the_demo_one_by_one() -> None:
    clusters = [raw_cluster(1, images={"rebelBase": "mirror.example:5000/nginx:1"}), raw_cluster(2)]
    loaded = load({"clusters": clusters, "demo": {"images": {"xWing": "x:1"}}}, Path("/"))
    images = loaded.demo_images(loaded.clusters[0])
    assert (images.rebel_base, images.x_wing) == ("mirror.example:5000/nginx:1", "x:1")
    assert loaded.demo_images(loaded.clusters[1]).rebel_base.startswith("docker.io/library/nginx:")


def test_preflight_levels_are_the_defaults_with_the_configs_changes() -> None:
    levels = config(preflight={"kernel": "off", "cli-version": "warn"}).preflight_levels
    assert levels["kernel"] is Level.OFF and levels["cli-version"] is Level.WARN
    assert levels == {**DEFAULT_LEVELS, "kernel": Level.OFF, "cli-version": Level.WARN}


def test_values_as_the_engine_gives_them_are_decoded() -> None:
    given = {"maxConnectedClusters": "511", "serviceType": "NodePort", "demo": '{"enabled":false}'}
    assert from_pulumi_text(given) == {
        "maxConnectedClusters": 511,
        "serviceType": "NodePort",
        "demo": {"enabled": False},
    }


@pytest.mark.parametrize("as_base64", [False, True])
def test_a_ca_is_taken_as_pem_or_as_base64_of_it_and_kept_as_pem(as_base64: bool) -> None:
    pair = ca("mesh")
    cert, key = (pair.cert_data, pair.key_data) if as_base64 else (pair.cert, pair.key)
    loaded = config(ca={"source": "config", "cert": cert, "key": key}).ca
    assert loaded.key is not None
    assert (loaded.cert, loaded.key.get_secret_value()) == (pair.cert, pair.key)


@pytest.mark.parametrize(
    ("pair", "key", "text"),
    [
        (Pair(ca("one").cert, ca("two").key), "ca.key", "does not belong to ca.cert"),
        (leaf("no ca"), "ca.cert", "not that of a CA"),
        (ca("old", days=-1), "ca.cert", "the certificate expired on"),
    ],
)
def test_a_ca_that_cannot_sign_is_refused(pair: Pair, key: str, text: str) -> None:
    found = faults_of(raw(ca={"source": "config", "cert": pair.cert, "key": pair.key}))
    assert list(found) == [key] and text in found[key]


def test_no_secret_shows_in_a_config_or_its_errors() -> None:
    canary = ca("mesh").key
    loaded = config(ca={"source": "config", "cert": ca("mesh").cert, "key": canary})
    client_key = loaded.clusters[0].document.user["client-key-data"]
    for text in (repr(loaded), str(loaded), repr(loaded.clusters[0].document)):
        assert canary not in text and client_key not in text


@pytest.mark.parametrize(
    "changed",
    [
        raw(ca={"source": "config", "cert": "c4n4ry", "key": "c4n4ry"}),
        raw(ca={"source": "config", "key": ["c4n4ry"]}),
        raw(ca={"kay": "c4n4ry"}),
        raw(privateKey="c4n4ry"),
        {"clusters": [raw_cluster(1, kubeconfigContent="c4n4ry: ["), raw_cluster(2)]},
        {"clusters": [raw_cluster(1, kubeconfigContent={"a": "c4n4ry"}), raw_cluster(2)]},
        {"clusters": [raw_cluster(1, kubeconfigContnet="c4n4ry"), raw_cluster(2)]},
        {
            "clusters": [
                raw_cluster(1, kubeconfigContent=None, kubeconfig="c4n4ry\n"),
                raw_cluster(2),
            ]
        },
        {"clusters": [raw_cluster(1, name="-----BEGIN c4n4ry"), raw_cluster(2)]},
        {"clusters": "c4n4ry" * 20},
    ],
)
def test_no_fault_quotes_what_may_be_a_secret(changed: dict[str, object]) -> None:
    assert "c4n4ry" not in "".join(faults_of(changed).values())


def test_faults_come_in_the_order_of_the_config() -> None:
    clusters = [raw_cluster(n, id=0) for n in range(1, 4)]
    assert list(faults_of({"clusters": clusters})) == [f"clusters[{n}].id" for n in range(3)]


def test_one_misspelt_key_is_one_fault() -> None:
    first = raw_cluster(1, podCidrs=None, podCidr=["10.10.0.0/16"])
    assert list(faults_of({"clusters": [first, raw_cluster(2)]})) == ["clusters[0].podCidr"]


def test_a_fault_in_one_cluster_hides_none_between_others() -> None:
    clusters = [raw_cluster(1, name=5), raw_cluster(2), raw_cluster(3, podCidrs=["10.20.0.0/16"])]
    assert list(faults_of({"clusters": clusters})) == [
        "clusters[0].name",
        "clusters[2].podCidrs[0]",
    ]


@pytest.mark.parametrize("key", ["a\nb: c", "\x1b[31m", "\ud800", "x" * 500])
def test_a_key_that_is_no_key_does_not_garble_the_report(key: str) -> None:
    with pytest.raises(ConfigFaults) as refused:
        load(raw(**{key: 1}), Path("/"))
    text = str(refused.value)
    text.encode()
    assert "\x1b" not in text and len(text.splitlines()) == 4 and "x" * 50 not in text
