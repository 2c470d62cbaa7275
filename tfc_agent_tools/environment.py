"""Settings from environment variables, and, only when asked to, from the terraform CLI's credentials."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLES: Final = {
    "policy": ("TFC_AGENT_POLICY",),
    "prompts": ("TFC_AGENT_PROMPTS",),
    "store": ("TFC_AGENT_STORE",),
    "address": ("TFE_ADDRESS", "TFE_HOSTNAME"),
    "token": ("TFE_TOKEN",),
}


def settings_from_env(given: Mapping[str, Any], *, cli_credentials: bool = False) -> dict[str, Any]:
    """The settings, with what was not given taken from the environment.

    Raises:
        ConfigurationError: There is no token anywhere, or the policy can't be read.
    """
    found = {name: value for name, names in _VARIABLES.items() if (value := _first(names))}
    settings = {**found, **{name: value for name, value in given.items() if value is not None}}
    if given.get("token") is None:
        settings |= _own_token(settings.get("policy"), settings.get("agent", "default"))
    if cli_credentials and "token" not in settings:
        token = _cli_token(_host(settings.get("address")))
        settings |= {"token": token} if token else {}
    if "token" not in settings:
        where = (
            "in TFE_TOKEN, TF_TOKEN_<host> and the terraform CLI's credentials" if cli_credentials else "in TFE_TOKEN"
        )
        msg = f"there is no token {where}; set TFE_TOKEN to a user or team token"
        raise ConfigurationError(msg)
    return settings


def _own_token(policy: Any, agent: str) -> dict[str, str]:
    """The agent's own token, where the policy file says in which variable it is: then no other will do."""
    if not isinstance(policy, str | Path):
        return {}
    from tfc_agent_tools.authority.rules.reading import read

    entry = read(Path(policy)).document.agents.get(agent)
    if entry is None or entry.token is None:
        return {}
    if token := os.environ.get(entry.token):
        return {"token": token}
    msg = f"the policy says that {agent}'s token is in {entry.token}, which is not set; set it, or give `token=`"
    raise ConfigurationError(msg)


def _first(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def _host(address: str | None) -> str:
    given = address or "app.terraform.io"
    try:
        return urlsplit(given if "://" in given else f"https://{given}").netloc.lower()
    except ValueError:
        msg = "the address is not a URL; set TFE_ADDRESS to one such as https://app.terraform.io"
        raise ConfigurationError(msg) from None


def _cli_token(host: str) -> str | None:
    """`TF_TOKEN_app_terraform_io`, or the token that `terraform login` saved.

    https://developer.hashicorp.com/terraform/cli/config/config-file#credentials
    """
    if token := os.environ.get("TF_TOKEN_" + host.replace(".", "_").replace("-", "__")):
        return token
    path = Path.home() / ".terraform.d" / "credentials.tfrc.json"
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))["credentials"][host]["token"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return saved if isinstance(saved, str) else None
