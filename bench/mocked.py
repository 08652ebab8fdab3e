"""The whole program without engine or clusters, for meshes of up to 99 members."""

from pathlib import Path

from bench.control_planes import pod_cidr, service_cidr
from components.config import loading
from components.config.models import MeshConfig
from tests.components.conftest import Recorded, Registered, Run
from tests.components.programs import run_steps
from tests.unit.config.configs import raw_cluster


def registered(size: int) -> list[Registered]:
    """Return the resources of a mesh of that size."""
    return recorded(size).resources


def recorded(size: int) -> Recorded:
    """Return all that a mesh of that size registers, with the outputs of stack and components."""
    checked = config(size)
    return Run(preview=False)(lambda: run_steps(checked))


def config(size: int) -> MeshConfig:
    """Return a stack config of that many members, with defaults for everything else."""
    clusters = [
        raw_cluster(number, podCidrs=[pod_cidr(number)], serviceCidrs=[service_cidr(number)])
        for number in range(1, size + 1)
    ]
    return loading.load({"clusters": clusters}, Path("/"))
