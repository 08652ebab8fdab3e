"""The explicit providers: one for each cluster, one for the Commands, none by default."""

import pulumi
import pulumi_command as command
import pulumi_kubernetes as kubernetes


def cluster_provider(name: str, kubeconfig: pulumi.Input[str], context: str) -> kubernetes.Provider:
    """Make the provider of one cluster from its own kubeconfig.

    An empty kubeconfig would fall back to the ambient one, so it is refused.
    """
    return kubernetes.Provider(
        name,
        kubeconfig=pulumi.Output.secret(kubeconfig).apply(_not_empty),
        context=context,
        # Else every change of the kubeconfig (a renewed certificate, another address) plans to
        # replace the provider and all that hangs on it.
        cluster_identifier=name,
        enable_server_side_apply=True,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )


def command_provider() -> command.Provider:
    """Make the provider of all Commands."""
    return command.Provider("scripts")


def _not_empty(kubeconfig: str) -> str:
    if not kubeconfig.strip():
        raise pulumi.RunError("a cluster's kubeconfig is empty: the ambient one is never used")
    return kubeconfig
