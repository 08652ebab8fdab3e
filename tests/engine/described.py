"""A program that loads its stack config as the real one does, and exports what is in it."""

from pathlib import Path

import pulumi

from components.procedure import stack_config

KEYS = ("name", "id", "podCidrs", "serviceCidrs")
config = stack_config.load(Path.cwd())
listed = [one.model_dump(mode="json", by_alias=True) for one in config.clusters]
pulumi.export("clusters", [{key: one[key] for key in KEYS} for one in listed])
pulumi.export("servers", {one.name: one.document.cluster["server"] for one in config.clusters})
pulumi.export("exposed", [list(place) for place in config.exposed])
