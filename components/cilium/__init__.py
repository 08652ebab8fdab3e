"""What Cilium itself keeps in a cluster, decoded."""
