"""The demo: `pulumi up` on the lab's clusters, and what it proved, shown to a newcomer."""
