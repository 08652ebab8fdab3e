"""A cluster that has got another name keeps what was made for it under the former one."""

import pulumi

from .config.models import ClusterConfig


def of(cluster: ClusterConfig) -> pulumi.ResourceOptions:
    """Give options for what is named after the cluster, or begins with its name.

    The engine then finds it under the former name and changes it in place. Made anew, it would meet
    the objects that are there, whose names in Kubernetes are the same, and they would be deleted.
    """
    former = cluster.former_name
    if former is None:
        return pulumi.ResourceOptions()

    # An alias alone would name the former cluster, and nothing that merely begins with its name.
    def known_as(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if not args.name.startswith(cluster.name):
            return None
        alias = pulumi.Alias(name=former + args.name.removeprefix(cluster.name))
        options = pulumi.ResourceOptions(aliases=[alias])
        merged = pulumi.ResourceOptions.merge(args.opts, options)
        return pulumi.ResourceTransformationResult(args.props, merged)

    return pulumi.ResourceOptions(transformations=[known_as])
