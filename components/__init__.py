"""Pulumi components of cilium-clustermesh and the pure logic that they stand on."""
