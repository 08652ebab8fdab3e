"""Private keys for SSH, as the stack config has them."""

from pydantic import SecretStr

from .types import refused

_ALLOWED = "an unencrypted private key as ssh-keygen writes it, or PEM"
_REMEDY = (
    "pulumi config set --secret --path 'cilium-clustermesh:ssh.privateKey' < id_ed25519; of an"
    " encrypted one, `ssh-keygen -p` takes the passphrase off a copy, or an agent keeps it"
)


def private_key(secret: SecretStr) -> SecretStr:
    """Give the key with the line ends that ssh insists on; refuses what it could not read."""
    text = "\n".join(secret.get_secret_value().strip().splitlines()) + "\n"
    try:
        load(text)
    except TypeError:
        raise refused("the private key is encrypted", _ALLOWED, _REMEDY) from None
    except ValueError:
        raise refused("this is no private key", _ALLOWED, _REMEDY) from None
    return SecretStr(text)


def load(text: str) -> None:
    """Read a key as ssh would; raises TypeError where it is encrypted, ValueError where none."""
    # It takes a while to import, and most configs have no key.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        load_pem_private_key,
        load_ssh_private_key,
    )

    read = load_ssh_private_key if "BEGIN OPENSSH" in text else load_pem_private_key
    try:
        read(text.encode(), password=None)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
