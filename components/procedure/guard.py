"""Looks at a cluster right before an object is created there: somebody else's objects stay.

Preflight refuses the same, in a preview too; but it has looked minutes before, and its levels can
be changed. Objects that it has seen there as the program's own need no second look.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pulumi

from ..common.own_objects import API_SERVER, ObjectName
from ..facts.cluster import ClusterFacts
from ..kube_api.as_read import AsRead
from ..kube_api.errors import ApiError
from ..kube_api.writer import ApiWriter
from ..kubeconfig.document import Kubeconfig
from ..plumbing.outputs import Later
from . import claim
from .claim import TakenError

_OBJECTS = "kubernetes:"
_MAX_PARALLEL = 16
# A hook is known by its name, which must be unique in a program.
_names: Counter[str] = Counter()


@dataclass(frozen=True)
class Place:
    """A cluster in which objects are made: its name, its kubeconfig, what preflight saw there."""

    name: str
    document: Later[Kubeconfig] = field(repr=False)
    facts: Later[ClusterFacts] | None = None

    @property
    def seen(self) -> frozenset[ObjectName]:
        """The program's own objects, as far as they were known before the update."""
        return _ours(self.facts)

    @property
    def uid(self) -> str:
        """The id that orders clusters in the same way for every stack; "" if it is unknown yet."""
        return self.facts.uid if isinstance(self.facts, ClusterFacts) else ""


class Guard:
    """Guards what one stack makes in some clusters; `seconds` bounds each request."""

    def __init__(self, places: Mapping[str, Place], stack: str, seconds: float) -> None:
        """Prepare; no cluster is asked before something is created."""
        self._places, self._stack, self._seconds = places, stack, seconds
        self._claims: asyncio.Task[None] | None = None
        # Not the loop's threads: those wait for the engine, which waits for the hooks. With as few
        # as the package's provider has, all of them would wait for ever.
        self._threads = ThreadPoolExecutor(_MAX_PARALLEL, thread_name_prefix="guard")

    def options(self, name: str) -> pulumi.ResourceOptions:
        """Return the options of whatever is made in the cluster of that name."""

        def guarded(
            args: pulumi.ResourceTransformationArgs,
        ) -> pulumi.ResourceTransformationResult | None:
            made = _made(args)
            if made is None or made in self._places[name].seen:
                return None
            hooks = pulumi.ResourceOptions(hooks=self._hooks(self._places[name], made))
            merged = pulumi.ResourceOptions.merge(args.opts, hooks)
            return pulumi.ResourceTransformationResult(args.props, merged)

        return pulumi.ResourceOptions(transformations=[guarded])

    def _hooks(self, place: Place, made: ObjectName) -> pulumi.ResourceHookBinding:
        if made == API_SERVER:
            before = _hook(f"claim {place.name}", lambda _: self._claim(place))
            after = _hook(f"settle the claim of {place.name}", lambda _: self._settle(place))
            return pulumi.ResourceHookBinding(before_create=[before], after_create=[after])
        look = _hook(f"look at {made} of {place.name}", lambda _: self._look(place, made))
        return pulumi.ResourceHookBinding(before_create=[look])

    async def _look(self, place: Place, made: ObjectName) -> None:
        if made not in _ours(await _value(place.facts)):
            await self._ask(place, lambda api: claim.refuse_foreign(api, made))

    async def _claim(self, place: Place) -> None:
        """Claim all known clusters of the mesh at the first call, in the same order in each stack.

        If two stacks meet in several clusters, one of them must get all.
        """
        if not place.uid:
            # It was made in this update, and is known by now.
            if API_SERVER not in _ours(await _value(place.facts)):
                await self._ask(place, lambda api: claim.take(api, self._stack))
            return
        if self._claims is None:
            self._claims = asyncio.ensure_future(self._claim_all())
        await asyncio.shield(self._claims)

    async def _claim_all(self) -> None:
        wanted = [one for one in self._places.values() if one.uid and API_SERVER not in one.seen]
        taken: list[tuple[Place, AsRead]] = []
        for place in sorted(wanted, key=lambda one: one.uid):
            try:
                made = await self._ask(place, lambda api: claim.take(api, self._stack))
            except TakenError as error:
                left = await self._give_back(taken)
                raise TakenError(". ".join([str(error), *left])) from None
            if made is not None:
                taken.append((place, made))

    async def _give_back(self, taken: list[tuple[Place, AsRead]]) -> list[str]:
        """Delete all claims; return those that could not be deleted, with the reason."""
        left = []
        for place, made in taken:
            try:
                # Bound now: the loop goes on before it is called.
                await self._ask(place, lambda api, made=made: claim.give_back(api, made))  # type: ignore[misc]
            except TakenError as error:
                left.append(f"{API_SERVER} stays in a cluster that was claimed before ({error})")
        return left

    async def _settle(self, place: Place) -> None:
        try:
            await self._ask(place, lambda api: claim.settle(api, self._stack))
        except TakenError as error:
            # The Service is there, and Pulumi's: no reason to fail the update.
            pulumi.log.warn(f"{error}; the next change of its API server's Service may need force")

    async def _ask(self, place: Place, asking: Callable[[ApiWriter], Any]) -> Any:
        document: Kubeconfig = await _value(place.document)

        def ask() -> Any:
            with closing(ApiWriter(document, self._seconds)) as api:
                return asking(api)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except ApiError as error:
            raise TakenError(f"{place.name}: {error.text}: {error.remedy}") from None
        except TakenError as error:
            raise TakenError(f"{place.name}: {error}") from None


def _ours(facts: object) -> frozenset[ObjectName]:
    named = facts.named if isinstance(facts, ClusterFacts) else ()
    return frozenset(one.name for one in named if one.is_ours)


async def _value(later: Later[Any]) -> Any:
    return await later.future() if isinstance(later, pulumi.Output) else later


def _hook(name: str, function: Callable[[Any], Any]) -> pulumi.ResourceHook:
    _names[name] += 1
    count = _names[name]
    return pulumi.ResourceHook(name if count == 1 else f"{name} ({count})", function)


def _made(args: pulumi.ResourceTransformationArgs) -> ObjectName | None:
    """Return the Kubernetes object that a resource makes, None if it makes none."""
    is_read = args.opts is not None and args.opts.id is not None
    metadata = args.props.get("metadata")
    if is_read or not args.type_.startswith(_OBJECTS) or not isinstance(metadata, Mapping):
        return None
    kind, version = args.props.get("kind"), args.props.get("apiVersion")
    return ObjectName(str(version), str(kind), metadata.get("namespace", ""), str(metadata["name"]))
