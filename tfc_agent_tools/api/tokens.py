"""What kind of token the toolkit holds: declared, or found once.

`GET /account/details` answers user, team and organization tokens; `relationships.authenticated-resource` names the real
owner (https://developer.hashicorp.com/terraform/cloud-docs/api-docs/account). What an audit-trails token gets is not
documented, so an error leaves the kind unknown, and unknown is refused wherever the kind matters.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.api.jsonapi import parse
from tfc_agent_tools.effects import send
from tfc_agent_tools.errors import ApiError, ConfigurationError
from tfc_agent_tools.request import Request
from tfc_agent_tools.types import TokenType

if TYPE_CHECKING:
    from tfc_agent_tools.effects import Steps
    from tfc_agent_tools.facts import Resource

_ACCOUNT: Final = Request(method="GET", path="/account/details")
_OWNERS: Final = {
    "users": TokenType.USER,
    "teams": TokenType.TEAM,
    "organizations": TokenType.ORGANIZATION,
}


class Token:
    """A token that shows itself to nobody but the wire."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value or not re.fullmatch(r"[\x21-\x7e]+", value):
            msg = "the token is empty or holds a space or a control character; set TFE_TOKEN to the token alone"
            raise ConfigurationError(msg)
        self._value = value

    def __repr__(self) -> str:
        return "Token(…)"

    def __reduce__(self) -> str:
        msg = "a token is not pickled"
        raise TypeError(msg)

    def bearer(self) -> str:
        """The value of the Authorization header."""
        return f"Bearer {self._value}"

    def fingerprint(self) -> str:
        """A digest by which two tokens can be told apart."""
        return hashlib.sha256(b"tfc-agent-tools token " + self._value.encode()).hexdigest()

    def hidden_in(self, content: bytes) -> bytes:
        """The content without the token, which a server or a proxy may have put into its answer."""
        return content.replace(self._value.encode(), b"(token)")


def kind_of(account: Resource) -> TokenType | None:
    """The kind that an account document shows; None where it does not say, or contradicts itself.

    A service account is a team's or an organization's, never a person's.
    """
    owner = account.related("authenticated-resource")
    if not isinstance(owner, tuple):
        return None
    kind = _OWNERS.get(owner[0])
    is_service = account.get("is-service-account")
    return kind if kind and is_service is (kind is not TokenType.USER) else None


def found_kind() -> Steps[TokenType | None]:
    """Ask the server. An invalid token is an error; any other error leaves the kind unknown."""
    try:
        return kind_of(parse(_ACCOUNT, (yield from send(_ACCOUNT))).resource)
    except ApiError as error:
        if error.status == 401:
            raise
        return None
