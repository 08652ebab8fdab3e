"""The Pulumi package: these components for programs in every language of Pulumi."""
