"""The config in the forms that Cilium's chart and Kubespray expect."""
