"""What is in Cilium's Helm release where it is the program's; knows no cluster, no Pulumi."""
