"""The explicit providers: one for each cluster, one for the Commands, none by default."""

import json
import os
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_command as command
import pulumi_kubernetes as kubernetes

from . import dynamic, outputs

# The provider itself gets it from the engine, whatever the program does.
GIVE_UP = "PULUMI_K8S_DELETE_UNREACHABLE"


def cluster_provider(
    name: str,
    kubeconfig: pulumi.Input[Mapping[str, Any]],
    opts: pulumi.ResourceOptions | None = None,
) -> kubernetes.Provider:
    """Make the provider of one cluster from a kubeconfig with one context.

    The whole document is the content, because an empty text would mean the ambient kubeconfig.
    """
    # Meant for one run: the SDK would make an input of it, and so the next run an update.
    os.environ.pop(GIVE_UP, None)
    return kubernetes.Provider(
        name,
        kubeconfig=outputs.secret(kubeconfig).apply(json.dumps),
        # Else every change of the kubeconfig (a renewed certificate, another address) plans to
        # replace the provider and all that depends on it; so would another identifier.
        cluster_identifier=name,
        enable_server_side_apply=True,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(ignore_changes=["clusterIdentifier"])
        ),
    )


def drift_provider(
    opts: pulumi.ResourceOptions | None = None, name: str = "drift"
) -> pulumi.ProviderResource:
    """Make the provider of dynamic resources, which they need because default providers are off."""
    return pulumi.ProviderResource(dynamic.provider_package(), name, {}, opts)


def command_provider(
    opts: pulumi.ResourceOptions | None = None, name: str = "scripts"
) -> command.Provider:
    """Make the provider that all Commands of the mesh share."""
    return command.Provider(name, opts=opts)
