"""How this process reaches the lake of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.config.clouds import IDENTITIES
from featurestore.config.load import environment, prepare_environment
from featurestore.config.storage import fsspec_options
from featurestore.files import use_options

if TYPE_CHECKING:
    from featurestore.config import Profile


def reach_lake(profile: Profile) -> None:
    """From now on files in the profile's lake are read and written with its options; others as before.

    Raises what `prepare_environment` raises.
    """
    prepare_environment(profile)
    variables = environment()
    secrets = IDENTITIES[profile.identity.kind].fsspec_secrets
    own = {option: variables[key] for option, key in secrets.items() if key in variables}
    use_options(profile.storage.root_uri, {**fsspec_options(profile), **own})
