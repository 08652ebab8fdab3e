"""The preflight checks: what must hold before a mesh, judged on facts that were already read."""
