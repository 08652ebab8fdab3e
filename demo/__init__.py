"""The demo: `pulumi up` on the lab's clusters, and its proof, shown to a newcomer."""
