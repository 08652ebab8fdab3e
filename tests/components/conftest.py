import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format  # type: ignore[import-untyped]
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack
from pulumi.runtime.sync_await import _sync_await

from components.procedure import guard
from components.reachability.matrix import Cell, Path, Route
from tests.unit.config.configs import kubeconfig

TOKEN = "cilium-clustermesh:index:"
COMMAND = "command:local:Command"
DRIFT = "pulumi-python:dynamic/cilium-clustermesh:Drift"
STACK_REFERENCE = "pulumi:pulumi:StackReference"
PACKAGED_DRIFT = "cilium-clustermesh:index:Drift"
RELEASE = "kubernetes:helm.sh/v3:Release"
IDENTITY = "pulumi-python:dynamic/cilium-clustermesh:MeshIdentity"
SECRET = {rpc._special_sig_key: rpc._special_secret_sig}


_ROUTE = Route("cluster01", "cluster02", Path.POD_IP)
INSTALLED = {"state": "installed", "kernel": "4.19.0", "wanted": "6.1.77", "bootId": "one"}


@dataclass(frozen=True)
class Registered:
    """One resource as the program registered it, before any engine or provider saw it."""

    type: str
    name: str
    parent: str
    provider: str
    providers: dict[str, str]
    inputs: dict[str, Any]
    secret_inputs: frozenset[str]
    secret_outputs: frozenset[str]
    dependencies: frozenset[str]
    aliases: frozenset[str]
    ignored_changes: frozenset[str]
    retain: bool
    imported: str
    protected: bool
    custom: bool
    before_create: tuple[str, ...]
    after_create: tuple[str, ...]

    @property
    def urn(self) -> str:
        return f"{self.type}::{self.name}"

    @property
    def cluster(self) -> str:
        """The name of its component, which is the cluster's; its own if it is in no component."""
        return self.parent.rpartition("::")[2] if self.parent.startswith(TOKEN) else self.name


@dataclass
class Recorded:
    """Everything that a program registered and exported."""

    resources: list[Registered] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    hooks: dict[str, pulumi.ResourceHook] = field(default_factory=dict)

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        """Keep a hook that the engine would register; mocks lack that call."""
        assert hook.name not in self.hooks
        self.hooks[hook.name] = hook

    def of_type(self, type_: str) -> dict[str, Registered]:
        return {one.name: one for one in self.resources if one.type == type_}

    def of_cluster(self, type_: str, component: str = "") -> dict[str, Registered]:
        """Resources of one type, in one kind of component if it is given, by cluster name."""
        inside = f"{TOKEN}{component}::" if component else ""
        found = [one for one in self.resources if one.type == type_]
        found = [one for one in found if one.parent.startswith(inside)]
        by_cluster = {one.cluster: one for one in found}
        assert len(by_cluster) == len(found), f"several {type_} in one cluster: name the component"
        return by_cluster

    def one(self, type_: str, name: str) -> Registered:
        return self.of_type(type_)[name]


class _Monitor(mocks.MockMonitor):
    def __init__(self, answers: mocks.Mocks, recorded: Recorded) -> None:
        super().__init__(answers)
        self._recorded = recorded

    def RegisterResource(self, request: Any) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            inputs = json_format.MessageToDict(request.object)
            self._recorded.resources.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    parent=_short(request.parent),
                    provider=request.provider,
                    providers=dict(request.providers),
                    inputs={key: plain(value) for key, value in inputs.items()},
                    secret_inputs=frozenset(key for key in inputs if _is_secret(inputs[key])),
                    secret_outputs=frozenset(request.additionalSecretOutputs),
                    dependencies=frozenset(_short(urn) for urn in request.dependencies),
                    aliases=frozenset(_alias(request, one.spec) for one in request.aliases),
                    ignored_changes=frozenset(request.ignoreChanges),
                    retain=request.retainOnDelete,
                    imported=request.importId,
                    protected=request.protect,
                    custom=request.custom,
                    before_create=tuple(request.hooks.before_create),
                    after_create=tuple(request.hooks.after_create),
                )
            )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self._recorded.outputs[_short(request.urn)] = json_format.MessageToDict(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]

    def SupportsFeature(self, request: Any) -> Any:
        # Secrets and aliases as the engine sees them.
        known = ("secrets", "resourceReferences", "resourceHooks", "aliasSpecs")
        supported = request.id in known
        return type("Response", (object,), {"hasSupport": supported})


class Cluster(mocks.Mocks):
    """Answers like a cluster: what the server fills in is there once an object is created."""

    def __init__(
        self, preview: bool, stdout: Callable[[dict[str, Any]], str], referenced: Any = None
    ) -> None:
        self._preview = preview
        self._stdout = stdout
        self._referenced = referenced

    def call(self, args: mocks.MockCallArgs) -> Any:
        return {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        made = {key: value for key, value in args.inputs.items()}
        if args.typ == STACK_REFERENCE:
            return args.resource_id, made | {"outputs": self._referenced, "secretOutputNames": []}
        if self._preview:
            return None, made
        if args.typ == RELEASE:
            made["status"] = {"revision": 3}
            return f"{args.name}-id", made
        if args.resource_id:
            return args.resource_id, made | {"data": {"config": kubeconfig(2)}}
        if args.typ == COMMAND:
            made["stdout"] = self._stdout(made)
        if args.typ == "command:remote:Command":
            made["stdout"] = json.dumps(INSTALLED)
        if args.typ in (DRIFT, PACKAGED_DRIFT):
            made |= {"drift": {}, "repairs": 0}
        if args.typ.startswith("kubernetes:") and "metadata" in made:
            filled = {"uid": f"uid-of-{args.name}", "generation": 1, "resourceVersion": "7"}
            made["metadata"] = made["metadata"] | filled
        if args.typ == "kubernetes:core/v1:Service":
            ports = [{"nodePort": 31443} | port for port in made["spec"]["ports"]]
            made["spec"] = made["spec"] | {"ports": ports}
        return f"{args.name}-id", made


def script_answer(inputs: dict[str, Any]) -> str:
    """What the scripts print, for every script."""
    environment = inputs["environment"]
    return json.dumps(
        {
            "cluster": environment.get("CLUSTER", "mesh"),
            "kubeconfig": "kubean-system/cluster02-kubeconf",
            "repairs": 0,
            "peers": {"cluster02": "172.30.0.2:32258"},
            "connected": {"cluster01": ["cluster02"], "cluster02": ["cluster01"]},
            "matrix": [Cell(_ROUTE, True, 1.2, {"cluster02": 2}).to_dict()],
        }
    )


@dataclass(frozen=True)
class Run:
    """Runs a program without an engine; `referenced` are the outputs of every other stack."""

    preview: bool
    referenced: Any = None

    def __call__(self, program: Callable[[], None]) -> Recorded:
        recorded = Recorded()
        answers = Cluster(self.preview, script_answer, self.referenced)
        monitor = _Monitor(answers, recorded)
        pulumi.runtime.set_mocks(
            answers, "cilium-clustermesh", "test", self.preview, monitor=monitor
        )
        SETTINGS.callbacks = recorded
        # Outside of tests each program is a process of its own.
        guard._names.clear()
        set_root_resource(None)  # type: ignore[arg-type]
        # What a program that had to fail left unawaited would fail the next one.
        SETTINGS.outputs.clear()
        _sync_await(run_in_stack(program))
        return recorded


@pytest.fixture(params=[True, False], ids=["preview", "up"])
def preview(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def run(preview: bool) -> Run:
    """Run in a preview and in an update."""
    return Run(preview)


def _short(urn: str) -> str:
    """`type::name` of a URN; the type alone, without its parents'."""
    if not urn:
        return ""
    type_, _, name = urn.rpartition("::")
    return f"{type_.rpartition('::')[2].rpartition('$')[2]}::{name}"


def _alias(request: Any, spec: Any) -> str:
    """The same for an alias, which has what differs from the resource; never the parent here."""
    assert not (spec.noParent or spec.parentUrn)
    return f"{spec.type or request.type}::{spec.name or request.name}"


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and SECRET.items() <= value.items()


def plain(value: Any) -> Any:
    """The value without its marks of secrecy."""
    if _is_secret(value):
        return plain(value["value"])
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value
