"""The state of a mesh as plain data: mesh-report.json, and the source of all other forms.

Nothing in it is secret, and every text is a single line without control characters, whatever its
origin. docs/report.md describes the keys.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, computed_field
from pydantic.alias_generators import to_camel

from components.common.listing import counted
from components.reachability.matrix import Path

# Raised when a key is renamed, removed or changes its meaning; not when one is added.
SCHEMA_VERSION = 1
SOON_DAYS = 30
"""A certificate with fewer days left is worth a warning."""

_MAX_CHARACTERS = 600
# Control characters, line breaks, and bidirectional controls, which turn the text around them.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """Return the text as one line that can be shown anywhere, cut if it is very long."""
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= _MAX_CHARACTERS else f"{line[:_MAX_CHARACTERS]}…"


Line = Annotated[str, AfterValidator(one_line)]


class Data(BaseModel):
    """A model whose keys are camelCase in JSON and snake_case here."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Level(StrEnum):
    """How serious a finding is."""

    ERROR = "error"
    WARN = "warn"


class Link(StrEnum):
    """Whether a cluster is connected to a peer; unknown: nobody could tell."""

    CONNECTED = "connected"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Use(StrEnum):
    """What a certificate is for; the clients of a mesh are its admin, local and remote users."""

    API_SERVER = "api-server"
    MESH_SERVER = "mesh-server"
    MESH_CLIENT = "mesh-client"
    MESH_CA = "mesh-ca"


class State(StrEnum):
    """The state of the mesh.

    `whole`: all clusters answer and are connected, no route failed. `broken`: a cluster is silent,
    or a connection or a route failed. `attention`: nothing that was seen is broken, but something
    was not seen, or an error will break something or stop an update.
    """

    WHOLE = "whole"
    ATTENTION = "attention"
    BROKEN = "broken"


class Node(Data):
    """One node of a cluster."""

    name: Line
    is_ready: bool
    is_control_plane: bool
    addresses: tuple[Line, ...]
    kernel: Line
    os: Line


class Cluster(Data):
    """One member: the config's facts from the outputs, the others as they were read.

    The latter are empty if the API server did not answer; `unreachable` then says why.
    """

    name: Line
    id: int
    unreachable: Line = ""
    api_server: Line
    mesh_endpoint: Line
    pod_cidrs: tuple[Line, ...] = ()
    service_cidrs: tuple[Line, ...] = ()
    kubernetes: Line = ""
    cilium: Line = ""
    datapath: Line = ""
    encryption: Line = ""
    nodes: tuple[Node, ...] = ()

    @property
    def is_reachable(self) -> bool:
        """Whether its API server answered."""
        return not self.unreachable


class Connection(Data):
    """One direction between two clusters: `source` looks at `target`.

    `said` is what was counted, or why nothing is known.
    """

    source: Line = Field(validation_alias="from", serialization_alias="from")
    target: Line = Field(validation_alias="to", serialization_alias="to")
    state: Link
    said: Line = ""


class Route(Data):
    """One way for requests; `milliseconds` is the median, `answers` counts who answered.

    `ok` is None if nobody could ask. A Service's answers are the same for all targets of a source.
    """

    source: Line = Field(validation_alias="from", serialization_alias="from")
    target: Line = Field(validation_alias="to", serialization_alias="to")
    path: Path
    ok: bool | None
    milliseconds: float | None = None
    answers: dict[Line, int] = {}
    error: Line = ""


class Proof(Data):
    """Where the routes come from.

    `now`: measured for this report; `recorded`: measured by the last update that did, and kept by
    the stack; `none`: not measured, for the reason `why`. `service`: the global Service asked.
    """

    origin: Literal["now", "recorded", "none"]
    service: Line = ""
    why: Line = ""


class GlobalService(Data):
    """A Service that Cilium shares, and the clusters that have it.

    `shared` lists those whose Pods answer other clusters too; `affinity` has the preference of each
    cluster that prefers some backends.
    """

    namespace: Line
    name: Line
    clusters: tuple[Line, ...]
    shared: tuple[Line, ...]
    affinity: dict[Line, Line]

    @property
    def full_name(self) -> str:
        """The name with its namespace."""
        return f"{self.namespace}/{self.name}"


class Certificate(Data):
    """One certificate of a cluster; `days` counts whole days left, and is below 0 once expired."""

    cluster: Line
    use: Use
    name: Line
    expires: datetime
    days: int


class Finding(Data):
    """Something to look at, and the fix. `cluster` is empty if it is about the mesh."""

    level: Level
    cluster: Line = ""
    check: Line
    text: Line
    remedy: Line
    details: tuple[Line, ...] = ()


class LastUpdate(Data):
    """The last successful update of the stack."""

    version: int
    ended: datetime


class Made(Data):
    """When the report was made (UTC), and with what."""

    at: datetime
    pulumi: Line
    cilium_cli: Line
    last_update: LastUpdate | None


class Report(Data):
    """Everything known about a mesh at one moment."""

    schema_version: int = SCHEMA_VERSION
    stack: Line
    made: Made
    clusters: tuple[Cluster, ...]
    connections: tuple[Connection, ...]
    proof: Proof
    routes: tuple[Route, ...]
    services: tuple[GlobalService, ...]
    certificates: tuple[Certificate, ...]
    findings: tuple[Finding, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state(self) -> State:
        """The state of the mesh in one word."""
        if self.unreachable or self.failed or self.of_state(Link.MISSING):
            return State.BROKEN
        unseen = self.of_state(Link.UNKNOWN) or self.unasked
        return State.ATTENTION if unseen or self.errors else State.WHOLE

    @computed_field  # type: ignore[prop-decorator]
    @property
    def headline(self) -> str:
        """The state of the mesh in one sentence."""
        parts = [_clusters(self), _connections(self), _routes(self)]
        told = ", ".join(part for part in parts if part)
        grave = self.errors if self.state is State.ATTENTION else ()
        rest = f"; {counted(len(grave), 'error')} to look at" if grave else ""
        return f"Mesh {self.stack}: {told}{rest}"

    @property
    def unreachable(self) -> tuple[Cluster, ...]:
        """The clusters whose API server did not answer."""
        return tuple(cluster for cluster in self.clusters if not cluster.is_reachable)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that are errors."""
        return tuple(one for one in self.findings if one.level is Level.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are warnings."""
        return tuple(one for one in self.findings if one.level is Level.WARN)

    @property
    def failed(self) -> tuple[Route, ...]:
        """The routes that got no answer."""
        return tuple(route for route in self.routes if route.ok is False)

    @property
    def unasked(self) -> tuple[Route, ...]:
        """The routes over which nobody could ask."""
        return tuple(route for route in self.routes if route.ok is None)

    @property
    def names(self) -> tuple[str, ...]:
        """The clusters' names, in the order of the config."""
        return tuple(cluster.name for cluster in self.clusters)

    def of_state(self, state: Link) -> tuple[Connection, ...]:
        """The connections of one state."""
        return tuple(one for one in self.connections if one.state is state)

    def connection(self, source: str, target: str) -> Connection | None:
        """Return the connection from `source` to `target`, if there is one."""
        return self._connections.get((source, target))

    def route(self, source: str, target: str, path: str) -> Route | None:
        """Return the route from `source` to `target`, if there is one."""
        return self._routes.get((source, target, path))

    def certificates_of(self, cluster: str, use: str) -> tuple[Certificate, ...]:
        """The certificates of one kind, the first to expire in front."""
        found = (one for one in self.certificates if (one.cluster, one.use) == (cluster, use))
        return tuple(sorted(found, key=lambda one: one.expires))

    def answers_of(self, source: str) -> dict[str, int]:
        """How often each cluster answered `source` when it asked the global Service."""
        ways = (self.route(source, target, Path.GLOBAL_SERVICE) for target in self.names)
        return next((way.answers for way in ways if way is not None), {})

    @cached_property
    def _connections(self) -> Mapping[tuple[str, str], Connection]:
        return {(one.source, one.target): one for one in self.connections}

    @cached_property
    def _routes(self) -> Mapping[tuple[str, str, str], Route]:
        return {(one.source, one.target, one.path): one for one in self.routes}


def _clusters(report: Report) -> str:
    total, silent = len(report.clusters), len(report.unreachable)
    if not silent:
        return counted(total, "cluster")
    return f"{silent} of {counted(total, 'cluster')} {_verb(silent, 'does', 'do')} not answer"


def _connections(report: Report) -> str:
    total = len(report.connections)
    missing, unknown = len(report.of_state(Link.MISSING)), len(report.of_state(Link.UNKNOWN))
    if not missing and not unknown:
        return "all connected"
    told = [
        f"{number} of {counted(total, 'connection')} {_verb(number, 'is', 'are')} {word}"
        # It goes without saying if a cluster does not answer.
        for number, word in (
            (missing, "missing"),
            (0 if report.unreachable else unknown, "unknown"),
        )
        if number
    ]
    return ", ".join(told)


def _routes(report: Report) -> str:
    if not report.routes:
        return "no traffic was sent"
    failed, unasked = len(report.failed), len(report.unasked)
    if not failed and not unasked:
        now = report.proof.origin == "now"
        return "every route answers" if now else "every route answered in the last proof"
    told = [
        f"{number} of {counted(len(report.routes), 'route')} {words}"
        for number, words in (
            (failed, f"{_verb(failed, 'gets', 'get')} no answer"),
            (0 if report.unreachable else unasked, "could not be asked"),
        )
        if number
    ]
    return ", ".join(told)


def _verb(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def soonest(certificates: Iterable[Certificate]) -> Certificate | None:
    """Return the certificate that expires first."""
    return min(certificates, key=lambda one: one.expires, default=None)
