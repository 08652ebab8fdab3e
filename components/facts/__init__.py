"""What is read of the world: clusters, the management cluster, the programs on PATH."""
