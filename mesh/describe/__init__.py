"""What `python -m mesh describe` is made of: kubeconfigs in, a commented stack file out."""
