"""Options of a component and of its children."""

import pulumi


def own(options: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Give the options of the component itself, which waits for nothing: its children do.

    With --continue-on-error the engine leaves out what waits for a failure, and cannot take the
    outputs of a component that it left out: it stops the whole update then.
    """
    given = pulumi.ResourceOptions.merge(None, options)
    given.depends_on = None
    return given


def of(
    parent: pulumi.ComponentResource, options: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions:
    """Give the options of a child; it waits for what its component waits for.

    Only what stands on the child itself makes a destroy go in the reverse order.
    """
    waiting = options.depends_on if options else None
    return pulumi.ResourceOptions(parent=parent, depends_on=waiting)
