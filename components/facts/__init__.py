"""Facts read from the world: clusters, the management cluster, the programs on PATH."""
