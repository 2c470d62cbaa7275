"""The token: shown to nobody but the wire, and its kind found without guessing."""

import copy
import json
import pickle
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.server import RUN, TOKEN, Server, document, fails, says
from support.tools import MakeToolkit, Use

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.api.tokens import Token, kind_of
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.types import TokenType


def account(attributes: dict[str, Any], *owner: str) -> Resource:
    related = {"authenticated-resource": {"data": {"type": owner[0], "id": owner[1]}}} if owner else {}
    return Resource("users", "user-1", attributes, related)


@pytest.mark.parametrize(
    "value", ["", " ", "a b", "abc\n", "\nabc", "abc\r\nX-Evil: 1", "a\tb", "a\x00b", "ü", "a\x7f"]
)
def test_a_token_that_would_break_a_header_is_refused_and_not_echoed(value: str) -> None:
    with pytest.raises(ConfigurationError, match="TFE_TOKEN") as caught:
        Token(value)
    assert "abc" not in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigurationError):
        TerraformCloudToolkit(token=value)


@given(st.text(max_size=20))
def test_a_token_is_taken_whole_or_not_at_all(value: str) -> None:
    good = bool(value) and all("!" <= character <= "~" for character in value)
    try:
        token = Token(value)
    except ConfigurationError:
        assert not good
    else:
        assert good
        assert token.bearer() == f"Bearer {value}"


def test_a_token_shows_itself_to_nobody() -> None:
    token = Token(TOKEN)
    assert TOKEN not in f"{token} {token!r} {[token]!r} {json.dumps(token, default=str)}"
    assert not hasattr(token, "__dict__")


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_token_is_neither_pickled_nor_copied(leak: Any) -> None:
    with pytest.raises(TypeError) as caught:
        leak(Token(TOKEN))
    assert TOKEN not in str(caught.value)


def test_a_token_is_taken_out_of_what_echoes_it() -> None:
    assert Token(TOKEN).hidden_in(f"a {TOKEN} b {TOKEN}".encode()) == b"a (token) b (token)"


@pytest.mark.parametrize(
    ("owner", "is_service", "kind"),
    [
        ("users", False, TokenType.USER),
        ("teams", True, TokenType.TEAM),
        ("organizations", True, TokenType.ORGANIZATION),
        ("users", True, None),
        ("teams", False, None),
        ("organizations", False, None),
        ("users", None, None),
        ("users", "false", None),
        ("teams", "true", None),
        ("teams", 1, None),
        ("agents", True, None),
        ("Users", False, None),
        ("", False, None),
    ],
)
def test_the_kind_is_what_the_owner_and_the_flag_agree_on(owner: str, is_service: Any, kind: TokenType | None) -> None:
    assert kind_of(account({"is-service-account": is_service}, owner, "x-1")) is kind


def test_without_an_owner_or_a_flag_the_kind_is_unknown() -> None:
    assert kind_of(account({"is-service-account": False})) is None
    assert kind_of(account({}, "users", "user-1")) is None
    assert kind_of(Resource("users", known=False)) is None
    null = {"authenticated-resource": {"data": None}}
    assert kind_of(Resource("users", "user-1", {"is-service-account": False}, null)) is None


@pytest.mark.parametrize("failure", [403, 404, 500])
def test_an_error_leaves_the_kind_unknown_and_what_hangs_on_it_is_refused(
    failure: int, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers = {"GET /account/details": fails(failure)}
    message = use(make_toolkit(token_type=None, confirmer=lambda _: True), "apply_run", run_id=RUN)
    assert message.status == "error"
    assert "could not be found out" in message.text
    assert set(server.lines) == {"GET /account/details"}


def test_an_invalid_token_is_said_to_be_invalid(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers = {"GET /account/details": fails(401)}
    message = use(make_toolkit(token_type=None), "apply_run", run_id=RUN)
    assert "invalid or expired" in message.text
    assert server.lines == ["GET /account/details"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"data": 7}', b"\xff"])
def test_an_account_that_cannot_be_read_stops_the_write(
    content: bytes, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers = {"GET /account/details": lambda _: httpx.Response(200, content=content)}
    message = use(make_toolkit(token_type=None, confirmer=lambda _: True), "apply_run", run_id=RUN)
    assert message.status == "error"
    assert server.lines == ["GET /account/details"]


def test_a_team_that_poses_as_a_person_is_believed_in_nothing(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    body = document("users", "user-1", {"is-service-account": False}, authenticated_resource=("teams", "team-1"))
    server.answers = {"GET /account/details": says(body)}
    message = use(make_toolkit(token_type=None, confirmer=lambda _: True), "apply_run", run_id=RUN)
    assert "could not be found out" in message.text
