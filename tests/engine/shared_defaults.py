"""A program that loads its stack config as the real one does, and exports the result."""

from pathlib import Path

import pulumi

from components.procedure import stack_config

config = stack_config.load(Path.cwd())
for section in ("timeouts", "demo", "verification"):
    pulumi.export(section, getattr(config, section).model_dump(mode="json", by_alias=True))
