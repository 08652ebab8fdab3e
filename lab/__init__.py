"""A lab of real Kubernetes clusters with Cilium on one Linux machine, without Docker."""
