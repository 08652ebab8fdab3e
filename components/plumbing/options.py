"""Options of a component and of its children."""

from typing import Any

import pulumi


def component_options(options: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Give the options of the component itself, which waits for nothing: its children do.

    With --continue-on-error the engine leaves out what waits for a failure, and cannot take the
    outputs of a component that it left out: it stops the whole update then.
    """
    given = pulumi.ResourceOptions.merge(None, options)
    given.depends_on = None
    return given


def child_options(
    parent: pulumi.ComponentResource, options: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions:
    """Give the options of a child; it waits for what its component waits for.

    Only what stands on the child itself makes a destroy go in the reverse order.
    """
    waiting = options.depends_on if options else None
    return pulumi.ResourceOptions(parent=parent, depends_on=waiting)


def renamed_options(name: str, former: str | None) -> pulumi.ResourceOptions:
    """Give options for what is named after the cluster, or begins with its name.

    The engine then finds it under the former name and changes it in place. Made anew, it would meet
    the objects that are there, whose names in Kubernetes are the same, and they would be deleted.
    """
    if former is None:
        return pulumi.ResourceOptions()

    # An alias alone would name the former cluster, and nothing that merely begins with its name.
    def known_as(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if not args.name.startswith(name):
            return None
        alias = pulumi.Alias(name=former + args.name.removeprefix(name))
        options = pulumi.ResourceOptions(aliases=[alias])
        merged = pulumi.ResourceOptions.merge(args.opts, options)
        return pulumi.ResourceTransformationResult(args.props, merged)

    return pulumi.ResourceOptions(transformations=[known_as])


def merged_options(options: pulumi.ResourceOptions, **more: Any) -> pulumi.ResourceOptions:
    """Return the options with more of them added, as `pulumi.ResourceOptions` takes them."""
    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(**more))
