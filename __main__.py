"""Joins Kubernetes clusters that run Cilium into a ClusterMesh, and proves it with traffic."""

import gc

# All that is made lives to the end, a few seconds or one `up` away; looking for garbage in it took
# a tenth of a preview, most of it while modules were loaded (docs/scale.md).
gc.disable()

from pathlib import Path

import pulumi

from components.plumbing.sdk import leave_out_debug, leave_out_launcher
from components.procedure import stack_config
from components.procedure.run import run

leave_out_debug()
leave_out_launcher()

# Load and check: nothing is registered before both are through.
config = stack_config.load(Path.cwd())
for name, value in run(config).items():
    pulumi.export(name, value)
