"""Configurations made from a good one by sabotage, for faults that nobody thought of.

Every server, proxy and program that a kubeconfig may name here is on this machine or does not
exist, so a config that turns out to be good does no harm.
"""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from components.config.models import (
    ApiServerConfig,
    CaConfig,
    ClusterConfig,
    DemoConfig,
    MeshConfig,
)
from components.kubeconfig.document import MAX_BYTES
from tests.bad_configs.cases import config_of_two
from tests.kubeconfigs import as_text, ca, kubeadm, leaf

# In the kubeconfigs, the port on which a test listens, or nobody does.
PORT = 6443
# In every secret that is not PEM.
CANARY = "canary-in-a-secret"
KUBECONFIGS = ("one.kubeconfig", "two.kubeconfig")

Draw = st.DrawFn

_KEYS = [
    field.alias or name
    for model in (MeshConfig, ClusterConfig, ApiServerConfig, CaConfig, DemoConfig)
    for name, field in model.model_fields.items()
]
_TEXTS = ["10.10.0.0/16", "default", "cluster01", "kubeconfig", "-----BEGIN", "~x/y", "config"]
_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(_TEXTS)
)
junk = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=4) | st.integers() | st.sampled_from(_KEYS), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@dataclass
class Draft:
    """A config and its kubeconfigs: a mapping is written as YAML, bytes are written as they are."""

    config: dict[str, Any]
    kubeconfigs: dict[str, Any]

    @property
    def clusters(self) -> list[dict[str, Any]]:
        """The clusters that are left, however little remains of them."""
        listed = self.config.get("clusters")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


@dataclass(frozen=True)
class Generated:
    """The input that a test passes to the program."""

    kinds: tuple[str, ...]
    config: dict[str, Any]
    files: dict[str, bytes]

    def lay_out(self, folder: Path, port: int) -> dict[str, Any]:
        """Write the files and return the config. The servers in both get this port."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content.replace(b":%d" % PORT, b":%d" % port))
        (folder / "a-folder").mkdir(exist_ok=True)
        return dict(_with_port(self.config, port))


def _with_port(value: Any, port: int) -> Any:
    if isinstance(value, str):
        return value.replace(f":{PORT}", f":{port}")
    if isinstance(value, list):
        return [_with_port(inner, port) for inner in value]
    if isinstance(value, dict):
        return {key: _with_port(inner, port) for key, inner in value.items()}
    return value


def good(preflight: dict[str, str]) -> Draft:
    """A config that uses every section, with nothing wrong in it."""
    config = config_of_two() | {
        "maxConnectedClusters": 255,
        "serviceType": "NodePort",
        "ca": {"source": "config", "cert": ca("shared").cert, "key": ca("shared").key},
        "preflight": dict(preflight),
        "demo": {"enabled": True, "replicas": 1, "images": {"rebelBase": "mirror.example/nginx:1"}},
        "verification": {"requests": 10, "timeoutSeconds": 60},
        "timeouts": {"requestSeconds": 1},
    }
    for cluster in config["clusters"]:
        cluster["apiServer"] = {"nodePort": 31440 + cluster["id"], "selector": {"a": "b"}}
        cluster["mesh"] = {"address": f"127.0.0.{cluster['id']}"}
    kubeconfigs = {
        name: kubeadm(f"https://127.0.0.{number}:{PORT}", f"ca of {name}")
        for number, name in enumerate(KUBECONFIGS, start=1)
    }
    return Draft(config, kubeconfigs)


@st.composite
def sabotaged(
    draw: st.DrawFn,
    kinds: st.SearchStrategy[Sequence[str]],
    preflight: st.SearchStrategy[dict[str, str]],
) -> Generated:
    """A good config after sabotage of these kinds, in this order."""
    draft = good(draw(preflight))
    chosen = tuple(draw(kinds))
    for kind in chosen:
        SABOTAGE[kind](draw, draft)
    files = {name: _content(one) for name, one in draft.kubeconfigs.items()}
    if draw(st.booleans()) and draft.clusters:
        _embed(draft.clusters[-1], files)
    return Generated(chosen, draft.config, files)


def _content(kubeconfig: Any) -> bytes:
    if isinstance(kubeconfig, bytes):
        return kubeconfig
    return yaml.safe_dump(kubeconfig, sort_keys=False).encode()


def _embed(cluster: dict[str, Any], files: dict[str, bytes]) -> None:
    """Replace a kubeconfig's path by its content, if it is text at all."""
    name = cluster.get("kubeconfig")
    content = files.get(name) if isinstance(name, str) else None
    if content is None or len(content) > MAX_BYTES:
        return
    cluster["kubeconfigContent"] = content.decode(errors="replace")
    del cluster["kubeconfig"]


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key or index) of a tree."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree))
    for key in keys:
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from _places(tree[key])


def _put(draw: Draw, tree: Any, values: st.SearchStrategy[Any]) -> None:
    places = list(_places(tree))
    if places:
        container, key = draw(st.sampled_from(places))
        container[key] = draw(values)


def _keyed(tree: Any) -> list[tuple[dict[Any, Any], Any]]:
    return [(one, key) for one, key in _places(tree) if isinstance(one, dict)]


def _drop_key(draw: Draw, tree: Any) -> None:
    places = _keyed(tree)
    if places:
        container, key = draw(st.sampled_from(places))
        del container[key]


def _rename_key(draw: Draw, tree: Any) -> None:
    places = _keyed(tree)
    if places:
        container, key = draw(st.sampled_from(places))
        text = str(key)
        wrong = draw(
            st.sampled_from([text[:-1], text + "s", text.swapcase(), f" {text}", f"{text}\u200b"])
        )
        container[wrong] = container.pop(key)


def _unknown_key(draw: Draw, draft: Draft) -> None:
    containers = [draft.config, *(one[key] for one, key in _places(draft.config))]
    mappings = [one for one in containers if isinstance(one, dict)]
    key = draw(st.text(max_size=60) | st.sampled_from(["hasOwnProperty", "__proto__", "a.b[0]"]))
    draw(st.sampled_from(mappings))[key] = draw(junk)


def _nest(draw: Draw, draft: Draft) -> None:
    nested: Any = "x"
    for _ in range(draw(st.sampled_from([3, 60, 250]))):
        nested = [nested] if draw(st.just(True)) else nested
    _put(draw, draft.config, st.just(nested))


def _overlap(draw: Draw, draft: Draft) -> None:
    for cluster in draft.clusters:
        key = draw(st.sampled_from(["podCidrs", "serviceCidrs"]))
        ranges = ["10.10.0.0/16", "10.10.128.0/17", "10.0.0.0/8", "fd00::/48", "fd00::/64"]
        cluster[key] = draw(st.lists(st.sampled_from(ranges), min_size=1, max_size=3))


def _range(draw: Draw, draft: Draft) -> None:
    wrong = [
        "10.10.0.0",
        "10.10.0.0/33",
        "10.10.0.0/-1",
        "10.10.0.1/16",
        "0.0.0.0/0",
        "::/0",
        "fe80::/10",
        "fd00::%eth0/64",
        "10.10.0.0/16 ",
        "10.10.0.0/١٦",
        "\uff11\uff10.10.0.0/16",
        "10.10/16",
        "/",
        "",
        "\0/8",
        "224.0.0.0/4",
    ]
    for cluster in draft.clusters:
        key = draw(st.sampled_from(["podCidrs", "serviceCidrs"]))
        cluster[key] = [draw(st.sampled_from(wrong) | st.text(max_size=6) | junk)]


def _id(draw: Draw, draft: Draft) -> None:
    ids = [0, -1, 1, 2, 255, 256, 512, 2**64, 2**200, "1", 1.0, True, None, [1]]
    for cluster in draft.clusters:
        cluster["id"] = draw(st.sampled_from(ids))


def _name(draw: Draw, draft: Draft) -> None:
    names = ["default", "Eins", "a" * 33, "-a", "a-", "", "a b", "ä", "\x1b[2J", "\ud800", "a\nb"]
    for cluster in draft.clusters:
        cluster["name"] = draw(st.sampled_from([*names, "one", "one", 5]) | st.text(max_size=40))


def _path(draw: Draw, draft: Draft) -> None:
    paths = [
        "",
        ".",
        "/",
        "a-folder",
        "missing/x",
        "one.kubeconfig/x",
        "one.kubeconfig",
        "~",
        "~nobody-of-this-name/x",
        "~\0/x",
        "~\ud800",
        "\0",
        "x" * 5000,
        "/dev/zero",
        "/dev/null",
        "https://127.0.0.1/",
        "apiVersion: v1\nkind: Config",
    ]
    for cluster in draft.clusters:
        cluster["kubeconfig"] = draw(st.sampled_from(paths))


def _context(draw: Draw, draft: Draft) -> None:
    names = ["", "missing", "\x1b]0;x\a", "\ud800", "x" * 3000, 5, [], "kubernetes-admin"]
    for cluster in draft.clusters:
        cluster["context"] = draw(st.sampled_from(names) | st.text(max_size=5))


def _list(draw: Draw, draft: Draft) -> None:
    clusters = draft.config.get("clusters")
    one = clusters[0] if isinstance(clusters, list) and clusters else {}
    copies = [copy.deepcopy(one) for _ in range(12)]
    lists: list[Any] = [[], [one], {"one": one}, copies, [[one], one], json.dumps([one]), "none"]
    draft.config["clusters"] = draw(st.sampled_from(lists) | junk)


def _both(draw: Draw, draft: Draft) -> None:
    for cluster in draft.clusters:
        cluster["kubeconfigContent"] = draw(
            st.sampled_from([CANARY, f"token: {CANARY}", as_text(kubeadm("https://127.0.0.9"))])
        )
        if draw(st.booleans()):
            cluster.pop("kubeconfig", None)


def _endpoint(draw: Draw, draft: Draft) -> None:
    addresses = ["127.0.0.1:80", "10.10.0.1", "::1%lo", "a..b", "999.1.1.1", "xn--", "ä.example"]
    ports = [0, -1, 29999, 32768, 31441, 32257, 32258, 2**70, "31000", 1.5]
    for cluster in draft.clusters:
        for section in ("apiServer", "mesh"):
            cluster[section] = {
                "address": draw(st.sampled_from(addresses)),
                "nodePort": draw(st.sampled_from(ports)),
                **({"selector": draw(junk)} if draw(st.booleans()) else {}),
            }


def _shared_ca(draw: Draw, draft: Draft) -> None:
    cert = leaf("a leaf").cert
    values = ["", CANARY, cert, ca("other").key, f"{cert}{cert}", "LS0tLS1CRUdJTi", f"{CANARY}\0"]
    draft.config["ca"] = {
        key: draw(st.sampled_from(values) | junk)
        for key in draw(st.lists(st.sampled_from(["cert", "key"]), unique=True))
    } | {"source": draw(st.sampled_from(["config", "mismatched", "firstCluster", "", None, 1]))}


def _section(draw: Draw, draft: Draft) -> None:
    sections = ["ca", "demo", "preflight", "timeouts", "verification", "serviceType"]
    draft.config[draw(st.sampled_from(sections))] = draw(junk)


def _one_of(draw: Draw, draft: Draft) -> tuple[str, dict[str, Any]]:
    """The kubeconfig to sabotage; a good one again, if it is broken as text already."""
    name = draw(st.sampled_from(KUBECONFIGS))
    if not isinstance(draft.kubeconfigs[name], dict):
        draft.kubeconfigs[name] = kubeadm(f"https://127.0.0.1:{PORT}", f"ca of {name}")
    return name, draft.kubeconfigs[name]


def _bodies(document: dict[str, Any], section: str) -> Iterator[dict[str, Any]]:
    """The bodies that are still there."""
    listed = document.get(section)
    for entry in listed if isinstance(listed, list) else ():
        body = entry.get(section.removesuffix("s")) if isinstance(entry, dict) else None
        if isinstance(body, dict):
            yield body


# Only what YAML can write: a float of hypothesis may be a number that JSON does not know.
_yaml_junk = junk.filter(lambda value: _is_writable(value))


def _is_writable(value: Any) -> bool:
    try:
        return bool(yaml.safe_dump(value).encode())
    except (yaml.YAMLError, UnicodeEncodeError):
        return False


def _document_value(draw: Draw, draft: Draft) -> None:
    _put(draw, _one_of(draw, draft)[1], _yaml_junk)


def _credentials(draw: Draw, draft: Draft) -> None:
    fields: dict[str, st.SearchStrategy[Any]] = {
        "token": st.sampled_from([CANARY, f"{CANARY}\n", f"{CANARY}ł", "", [CANARY], {"a": 1}, 5]),
        "tokenFile": st.sampled_from(["missing", "a-folder", "/dev/zero", "", ["x"], "\0"]),
        "username": st.sampled_from([CANARY, "ł", "a:b", ["x"]]),
        "password": st.sampled_from([CANARY, "ł\n", {"a": "b"}, 5]),
        "as": st.sampled_from([CANARY, "ł", "a\nb", ["x"], True]),
        "as-groups": _yaml_junk | st.sampled_from([["a"], [None], [[]], "text", True]),
        "as-user-extra": _yaml_junk | st.sampled_from([{"a": None}, {"a": 5}, {"ł": ["ł"]}, []]),
        "exec": _plugin(),
        "auth-provider": _yaml_junk
        | st.sampled_from([{"config": "x"}, {"config": {"id-token": 5}}]),
        "client-certificate-data": st.sampled_from([CANARY, "", "DATA+OMITTED", ["x"], "=", 5]),
        "client-key-data": st.sampled_from([CANARY, "", ca("other").key_data, "LS0t", None]),
        "client-key": st.sampled_from(["missing", "/dev/zero", "a-folder", "\0", [], "../x"]),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3, unique=True))
    keeps = draw(st.booleans())
    for user in _bodies(_one_of(draw, draft)[1], "users"):
        if not keeps:
            user.clear()
        user.update({field: draw(fields[field]) for field in chosen})


@st.composite
def _plugin(draw: st.DrawFn) -> Any:
    """An exec section; its program does nothing."""
    commands = ["true", "false", "not-there", "./not-there", "/", "", "a\0b", 5, None, ["true"]]
    whole = {"apiVersion": "client.authentication.k8s.io/v1", "args": ["a"], "env": None}
    odd = [{"name": "A"}, {"name": "=", "value": "b"}, {"name": "A", "value": True}, "A=b", None]
    changes = {
        "args": _yaml_junk,
        "env": st.lists(st.sampled_from(odd), max_size=2) | _yaml_junk,
        "installHint": st.sampled_from(["\x1b[2J", "a" * 5000, ["x"], True]),
        "apiVersion": _yaml_junk,
    }
    changed = draw(st.sampled_from(sorted(changes)))
    return whole | {changed: draw(changes[changed]), "command": draw(st.sampled_from(commands))}


def _server(draw: Draw, draft: Draft) -> None:
    fields: dict[str, list[Any]] = {
        "server": [
            f"http://127.0.0.1:{PORT}",
            "https://",
            "https://127.0.0.1:banana",
            "https://127.0.0.1:99999",
            "https://127.0.0.1:0",
            "https://[::1",
            "https://127.0.0.1 x/",
            "https://\x1b[2J",
            f"https://user:{CANARY}@127.0.0.1:{PORT}",
            f"https://127.0.0.2:{PORT}",
            f"HTTPS://127.0.0.1:{PORT}/a/path?and=query",
            "127.0.0.1",
            "",
            ["https://127.0.0.1"],
            None,
        ],
        "proxy-url": ["http://127.0.0.1:1", "socks5://127.0.0.1:1", "x", "http://[::1", "", [], 5],
        "tls-server-name": ["", "a" * 300, "ä", "a\0b", ".a", "*.a", ["x"], True, "a b", "::1"],
        "insecure-skip-tls-verify": [True, False, "true", "yes", 1, None],
        "certificate-authority-data": [CANARY, "", "DATA+OMITTED", leaf("x").key_data, [], "LS0t"],
        "certificate-authority": ["missing", "/dev/zero", "a-folder", "\0", 5, ["x"]],
    }
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3, unique=True))
    for cluster in _bodies(_one_of(draw, draft)[1], "clusters"):
        if "certificate-authority" in chosen:
            cluster.pop("certificate-authority-data", None)
        cluster.update({field: draw(st.sampled_from(fields[field])) for field in chosen})


def _referrals(draw: Draw, draft: Draft) -> None:
    """Contexts, and the entries that they name."""
    _, document = _one_of(draw, draft)
    names = ["missing", "", "\x1b[2J", "ł", "cluster01", "cluster02", "x" * 500, "kubernetes-admin"]
    for context in _bodies(document, "contexts"):
        context.update({"cluster": draw(st.sampled_from([*names, "cluster.local", None, []]))})
    if draw(st.booleans()):
        document["current-context"] = draw(st.sampled_from([*names, None, 5]))
    count = draw(st.sampled_from([0, 1, 300]))
    listed = document.get("contexts")
    if isinstance(listed, list):
        extra = {"cluster": "cluster.local", "user": "kubernetes-admin"}
        name = draw(st.sampled_from(names))
        listed += [{"name": f"{name}{number}", "context": extra} for number in range(count)]


def _as_text(change: Callable[[Draw, str], str | bytes]) -> "Sabotage":
    def sabotage(draw: Draw, draft: Draft) -> None:
        name, document = _one_of(draw, draft)
        made = change(draw, yaml.safe_dump(document, sort_keys=False))
        draft.kubeconfigs[name] = made if isinstance(made, bytes) else made.encode()

    return sabotage


def _broken(draw: Draw, text: str) -> str:
    where = draw(st.integers(0, len(text)))
    what = draw(
        st.sampled_from(["{", "]", "\t", ": :", "'", "&", "*x ", "%", "\n---\n", "<<: 5\n"])
    )
    return draw(st.sampled_from([text[:where] + what + text[where:], text[:where], what]))


def _binary(draw: Draw, text: str) -> bytes:
    return draw(
        st.binary(max_size=50)
        | st.sampled_from(
            [
                text.encode("utf-16"),
                b"\xef\xbb\xbf" + text.encode(),
                text.encode() + b"\0",
                text.encode() + b"\xff",
                b"\x1f\x8b\x08\x00",
                text.replace("\n", "\r\n").encode(),
            ]
        )
    )


def _huge(draw: Draw, text: str) -> str:
    return draw(st.sampled_from(["#" * MAX_BYTES + text, text + "x" * MAX_BYTES, "[" * 300_000]))


def _nested(draw: Draw, text: str) -> str:
    depth = draw(st.sampled_from([20, 60, 250, 2000]))
    nested = draw(st.sampled_from(["[" * depth + "]" * depth, "{a: " * depth + "}" * depth]))
    return _inserted(draw, text, nested)


def _inserted(draw: Draw, text: str, value: str) -> str:
    """Put a value at a place that is read, at one that is not, or in place of everything."""
    before = draw(st.sampled_from(["    server: ", "    user: ", "preferences: ", "kind: "]))
    lines = [before + value if line.startswith(before) else line for line in text.splitlines()]
    return draw(st.sampled_from(["\n".join(lines), f"{text}extra: {value}\n", value]))


def _anchors(draw: Draw, text: str) -> str:
    levels = range(1, draw(st.sampled_from([3, 12])))
    form = draw(st.sampled_from(["l{0}: &l{0} [{1}]", "l{0}: &l{0} {{<<: [{1}], k{0}: x}}"]))
    lines = [form.format(level, ", ".join([f"*l{level - 1}"] * 6)) for level in levels]
    bomb = "\n".join(["l0: &l0 {k0: x}", *lines])
    last = f"*l{levels[-1]}"
    used = draw(st.sampled_from([last, "&me [*me]", "&me {me: *me}", "*nobody", "&a &b x"]))
    return f"{bomb}\n{_inserted(draw, text, used)}"


def _tags(draw: Draw, text: str) -> str:
    tagged = [
        "!!python/object/apply:os.getcwd []",
        "!!python/name:os.system",
        "!!binary aGVsbG8=",
        "!!set {a, b}",
        "!!omap [a: b]",
        "!!timestamp 2024-01-01",
        "!!float .nan",
        "!own {a: b}",
        "{? [a, b] : c}",
        "{true: c}",
        "{null: c}",
        '"\\ud800\\e[2J"',
        "! x",
    ]
    return _inserted(draw, text, draw(st.sampled_from(tagged)))


def _renamed(draw: Draw, text: str) -> str:
    """Names with characters that garble a terminal, or that no encoding has."""
    name = draw(st.sampled_from(['"\\e[31m"', '"\\ud800"', '"\\0"', '"a\\nb"', '"\\u202e"', "''"]))
    return text.replace(
        draw(st.sampled_from(["kubernetes-admin@cluster.local", "cluster.local"])), name
    )


Sabotage = Callable[[Draw, Draft], None]
SABOTAGE: dict[str, Sabotage] = {
    "value": lambda draw, draft: _put(draw, draft.config, junk),
    "key-missing": lambda draw, draft: _drop_key(draw, draft.config),
    "key-misspelt": lambda draw, draft: _rename_key(draw, draft.config),
    "key-unknown": _unknown_key,
    "nested": _nest,
    "overlap": _overlap,
    "range": _range,
    "id": _id,
    "name": _name,
    "path": _path,
    "context": _context,
    "clusters": _list,
    "content-and-path": _both,
    "endpoint": _endpoint,
    "ca": _shared_ca,
    "section": _section,
    "kubeconfig-value": _document_value,
    "kubeconfig-key-missing": lambda draw, draft: _drop_key(draw, _one_of(draw, draft)[1]),
    "kubeconfig-key-misspelt": lambda draw, draft: _rename_key(draw, _one_of(draw, draft)[1]),
    "kubeconfig-credentials": _credentials,
    "kubeconfig-server": _server,
    "kubeconfig-referrals": _referrals,
    "kubeconfig-broken": _as_text(_broken),
    "kubeconfig-binary": _as_text(_binary),
    "kubeconfig-huge": _as_text(_huge),
    "kubeconfig-nested": _as_text(_nested),
    "kubeconfig-anchors": _as_text(_anchors),
    "kubeconfig-tags": _as_text(_tags),
    "kubeconfig-names": _as_text(_renamed),
}
