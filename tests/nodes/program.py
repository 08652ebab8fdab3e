"""The program of the tests: step 1 of the procedure, over clusters that match their config."""

from pathlib import Path

from components.plumbing.providers import command_provider
from components.preflight import Preflight
from components.procedure import stack_config
from components.procedure.kernels import upgrade_kernels
from components.procedure.site import Site
from tests.components.programs import preflight_args

config = stack_config.load(Path.cwd())
preflight = Preflight("preflight", preflight_args(config))
site = Site(
    config,
    preflight.documents,
    preflight.facts,
    {},
    preflight.kubeconfigs,
    command_provider(),
)
site.after(*upgrade_kernels(site))
