"""What is read of a cluster, with its kubeconfig and without changing anything."""
