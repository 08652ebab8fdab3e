"""The whole program without an engine and without clusters, for meshes of any size up to 99."""

from pathlib import Path

from bench.control_planes import pod_cidr, service_cidr
from components.config import loading
from components.config.models import MeshConfig
from tests.components.conftest import Recorded, Registered, Run
from tests.components.programs import run_steps
from tests.unit.config.configs import raw_cluster


def registered(size: int) -> list[Registered]:
    """Give the resources that a mesh of that size is made of."""
    return recorded(size).resources


def recorded(size: int) -> Recorded:
    """Give all that a mesh of that size registers, the outputs of stack and components too."""
    checked = config(size)
    return Run(preview=False)(lambda: run_steps(checked))


def config(size: int) -> MeshConfig:
    """Give a stack config of that many members, all else as by default."""
    clusters = [
        raw_cluster(number, podCidrs=[pod_cidr(number)], serviceCidrs=[service_cidr(number)])
        for number in range(1, size + 1)
    ]
    return loading.load({"clusters": clusters}, Path("/"))
