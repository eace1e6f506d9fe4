"""What looks like a credential, by its shape; settings and manifests hold names of secrets, never their values."""

from __future__ import annotations

import re

from featurestore.errors import InvalidSetting

SHAPED_AS_CREDENTIAL = re.compile(
    r"(?:AKIA|ASIA)[0-9A-Z]{16}"  # ids of AWS access keys
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}\."  # JSON web tokens
    r"|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}=="  # keys of Azure storage accounts
    r"|[?&]sig=|AccountKey=|SharedAccessSignature="
    r"|AIza[\w-]{35}|ya29\.[\w-]{10,}"  # keys and tokens of Google
    r"|://[^/\s:@]+:[^/\s@]+@"  # a URL with a password
)


def check_no_credential(setting: str, value: object) -> None:
    """Raises `InvalidSetting`, which does not show the value, for one that looks like a credential."""
    if isinstance(value, dict):
        for inner, inner_value in value.items():
            check_no_credential(f"{setting}.{inner}", inner_value)
    elif isinstance(value, list | tuple):
        for inner_value in value:
            check_no_credential(setting, inner_value)
    elif isinstance(value, str) and SHAPED_AS_CREDENTIAL.search(value):
        expected = "the name of a secret, or of a file that holds it: a profile holds no credential"
        raise InvalidSetting(setting, received="a value that is not shown here", expected=expected)
