"""The program of the tests: from host lists to kubeconfigs, and no mesh."""

from pathlib import Path

import pulumi

from components.facts import management
from components.preflight import Preflight
from components.procedure import stack_config
from components.procedure.kubean import create_clusters
from components.provider_leftovers import sweep_at_exit
from tests.components.programs import preflight_args

config = stack_config.load(Path.cwd())
users = sweep_at_exit(config)
preflight = Preflight("preflight", preflight_args(config, read_management=management.read))
for name, kubeconfig in create_clusters(config, preflight, users).items():
    pulumi.export(name, kubeconfig.apply(lambda document: document.text))
