"""`python -m mesh describe`: kubeconfigs in, a commented stack file out."""
