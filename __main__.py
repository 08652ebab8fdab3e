"""Joins Kubernetes clusters that run Cilium into a ClusterMesh, and proves it with traffic."""

from components.plumbing.sdk import collect_no_garbage, leave_out_debug

collect_no_garbage()

from pathlib import Path

import pulumi

from components.procedure import stack_config
from components.procedure.run import run

leave_out_debug()
for name, value in run(stack_config.load(Path.cwd())).items():
    pulumi.export(name, value)
