"""The config as Cilium's chart and Kubespray want it."""
