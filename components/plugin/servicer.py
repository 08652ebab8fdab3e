"""The package's plugin: it makes components, and is the provider of their dynamic resources."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi import RunError
from pulumi.dynamic import ResourceProvider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2_grpc

from .. import drift, mesh_identity
from ..plumbing import dynamic
from .known import known
from .provider import MeshProvider

_HOSTED: Mapping[str, ResourceProvider] = {
    "Drift": drift.DriftProvider(),
    "MeshIdentity": mesh_identity.MeshIdentityProvider(),
}
# The engine's own limit: a large mesh has many kubeconfigs.
_OPTIONS = [("grpc.max_receive_message_length", 400 * 1024 * 1024)]
_DIFFERENT = {True: proto.DiffResponse.DIFF_SOME, False: proto.DiffResponse.DIFF_NONE}


class Servicer(ProviderServicer):
    """The plugin's calls; those for resources go to the classes that programs pass on pickled."""

    async def Construct(self, request: Any, context: Any) -> Any:
        """Make a component; its refusal is reported without a traceback."""
        try:
            return await super().Construct(request, context)
        except RunError as error:
            return await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    @staticmethod
    async def _construct_inputs(inputs: Any, input_dependencies: Any) -> dict[str, Any]:
        given = await ProviderServicer._construct_inputs(inputs, input_dependencies)
        return {key: await known(value) for key, value in given.items()}

    async def Check(self, request: Any, context: Any) -> Any:
        """Check the inputs of a resource."""
        olds, news = _plain(request.olds), _plain(request.news)
        checked = await asyncio.to_thread(_hosted(request).check, olds, news)
        return proto.CheckResponse(
            inputs=await _written(checked.inputs, request.news),
            failures=[
                proto.CheckFailure(property=one.property, reason=one.reason)
                for one in checked.failures
            ],
        )

    async def Diff(self, request: Any, context: Any) -> Any:
        """Compare the state of a resource with its new inputs."""
        olds, news = _plain(request.olds), _plain(request.news)
        found = await asyncio.to_thread(_hosted(request).diff, request.id, olds, news)
        return proto.DiffResponse(changes=_DIFFERENT[bool(found.changes)])

    async def Create(self, request: Any, context: Any) -> Any:
        """Create a resource."""
        made = await asyncio.to_thread(_hosted(request).create, _plain(request.properties))
        properties = await _written(made.outs, request.properties)
        return proto.CreateResponse(id=made.id, properties=properties)

    async def Update(self, request: Any, context: Any) -> Any:
        """Update a resource."""
        olds, news = _plain(request.olds), _plain(request.news)
        made = await asyncio.to_thread(_hosted(request).update, request.id, olds, news)
        return proto.UpdateResponse(properties=await _written(made.outs, request.news))

    async def Read(self, request: Any, context: Any) -> Any:
        """Read what a resource stands for, and log what its provider says."""
        properties = _plain(request.properties)
        said: list[str] = []
        with dynamic.heard_by(said.append):
            found = await asyncio.to_thread(_hosted(request).read, request.id, properties)
        await self._tell(request.urn, said)
        written = await _written(found.outs, request.properties)
        return proto.ReadResponse(id=found.id or "", properties=written, inputs=request.inputs)

    async def _tell(self, urn: str, said: Iterable[str]) -> None:
        async with grpc.aio.insecure_channel(self.engine_address) as channel:
            engine = engine_pb2_grpc.EngineStub(channel)
            for text in said:
                await engine.Log(
                    proto.LogRequest(severity=proto.LogSeverity.INFO, message=text, urn=urn)
                )

    async def Delete(self, request: Any, context: Any) -> Any:
        """Delete a resource."""
        await asyncio.to_thread(_hosted(request).delete, request.id, _plain(request.properties))
        return empty_pb2.Empty()


async def serve(engine: str) -> None:
    """Serve the package to the engine at that address until it ends."""
    dynamic.serve()
    drift.quiet_traces()
    server = grpc.aio.server(options=_OPTIONS)
    servicer = Servicer(MeshProvider(), [], engine_address=engine)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


def _hosted(request: Any) -> ResourceProvider:
    return _HOSTED[request.type.rpartition(":")[2]]


def _plain(properties: Any) -> dict[str, Any]:
    found = rpc.deserialize_properties(properties, keep_unknowns=True)
    return {key: rpc.unwrap_rpc_secret(value) for key, value in found.items()}


async def _written(outs: Mapping[str, Any] | None, given: Any) -> Any:
    """Return the outputs as they go over the wire; what came in as a secret goes out as one."""
    went_in = rpc.deserialize_properties(given, keep_unknowns=True)
    secret = {key for key, value in went_in.items() if rpc.is_rpc_secret(value)}
    marked = {
        key: rpc.wrap_rpc_secret(v) if key in secret else v for key, v in (outs or {}).items()
    }
    return await rpc.serialize_properties(marked, {})
