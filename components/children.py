"""Options of a component's children."""

import pulumi


def of(
    parent: pulumi.ComponentResource, options: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions:
    """Give the options of a child; it waits for what its component waits for.

    Only what stands on the child itself makes a destroy go in the reverse order.
    """
    waiting = options.depends_on if options else None
    return pulumi.ResourceOptions(parent=parent, depends_on=waiting)
