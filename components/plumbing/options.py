"""Options of a component and of its children."""

from typing import Any

import pulumi


def component_options(options: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return the options of the component itself, without depends_on: its children carry it.

    With --continue-on-error the engine skips what waits for a failure, and cannot take the outputs
    of a component that it has skipped: it stops the whole update then.
    """
    given = pulumi.ResourceOptions.merge(None, options)
    given.depends_on = None
    return given


def child_options(
    parent: pulumi.ComponentResource,
    options: pulumi.ResourceOptions | None,
    former_name: str | None = None,
) -> pulumi.ResourceOptions:
    """Return the options of a child, which waits for everything its component waits for.

    Only dependencies of the child itself make a destroy go in reverse order. `former_name`: up to
    0.2.0 most children had the bare name of their component, so that a log did not tell the steps
    of a cluster apart; the engine finds them under it and renames them in its state.
    """
    waiting = options.depends_on if options else None
    aliases = [pulumi.Alias(name=former_name)] if former_name is not None else None
    return pulumi.ResourceOptions(parent=parent, depends_on=waiting, aliases=aliases)


def renamed_options(name: str, former: str | None) -> pulumi.ResourceOptions:
    """Return the options of everything whose name is the cluster's or begins with it.

    The engine then finds it under the former name and changes it in place. Created anew, it would
    meet the existing objects, whose names in Kubernetes are the same, and they would be deleted.
    """
    if former is None:
        return pulumi.ResourceOptions()

    # An alias alone would cover the former cluster's name, and no name that begins with it.
    def known_as(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if not args.name.startswith(name):
            return None
        names = [args.name, *_alias_names(args.opts)]
        aliases = [pulumi.Alias(name=former + one.removeprefix(name)) for one in names]
        return pulumi.ResourceTransformationResult(
            args.props, merged_options(args.opts, aliases=aliases)
        )

    return pulumi.ResourceOptions(transformations=[known_as])


def _alias_names(options: pulumi.ResourceOptions) -> list[str]:
    known = options.aliases if isinstance(options.aliases, list) else []
    return [
        one.name for one in known if isinstance(one, pulumi.Alias) and isinstance(one.name, str)
    ]


def merged_options(options: pulumi.ResourceOptions, **more: Any) -> pulumi.ResourceOptions:
    """Return the options with more of them added, as `pulumi.ResourceOptions` takes them."""
    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(**more))
