"""The program over clusters that match its config, with a proof among its outputs.

No traffic crosses clusters that are plain data, so nothing can be proven in them.
"""

import pulumi

from components.reachability import matrix
from tests.engine import whole

names = [cluster["name"] for cluster in pulumi.Config().require_object("clusters")]
routes = matrix.wanted_routes(names)
replies = {route: [matrix.Reply(route.target, 1.2)] for route in routes}
pulumi.export("verification", {"matrix": matrix.fill(routes, replies).to_list(), "spec": {}})

__all__ = ["whole"]
