"""Joins Kubernetes clusters that run Cilium into a ClusterMesh, and proves it with traffic.

The procedure, step by step; what each step makes stands in docs/components.md.
"""

import gc

# All that is made lives to the end, a few seconds or one `up` away; looking for garbage in it took
# a tenth of a preview, most of it while modules were loaded (docs/scale.md).
gc.disable()

from pathlib import Path

from components import stack_config
from components.creating import create_clusters
from components.demo import deploy_demo
from components.joining import connect_all, enable_all, expose_api_servers, merge_kubeconfigs
from components.kernels import upgrade_kernels
from components.outputs import export
from components.preflight import Preflight, PreflightArgs
from components.proof import verify
from components.provider_leftovers import sweep_at_exit
from components.registering import begin_registering
from components.sdk_messages import leave_out_debug, leave_out_launcher
from components.site import prepare

leave_out_debug()
leave_out_launcher()

# Load and check: nothing is registered before both are through.
config = stack_config.load(Path.cwd())
leftovers = sweep_at_exit(config)
preflight = Preflight("preflight", PreflightArgs(config=config))

# Steps 1 and 2: the clusters that Kubean makes, checked like all others once they are there.
preflight.admit(create_clusters(config, preflight, leftovers))
site = prepare(config, preflight)
begin_registering()

# Step 1: a kernel that Cilium runs on, one node after the other, and all else after them.
site = site.after(*upgrade_kernels(site))

# Steps 3 and 4: reach every API server through a NodePort, with one kubeconfig for all.
api_servers = expose_api_servers(site)
kubeconfig = merge_kubeconfigs(site, api_servers)

# Step 5: enable ClusterMesh, with one CA, and connect every cluster to every other.
members = enable_all(site, api_servers)
peers = connect_all(site, members)

# Steps 6 and 7: workloads that name their cluster, behind a global Service.
demo = deploy_demo(site, api_servers)

# Step 8: the proof, between every ordered pair of clusters.
verification = verify(site, kubeconfig, members, peers, demo)

export(site, api_servers, kubeconfig, peers, verification)
