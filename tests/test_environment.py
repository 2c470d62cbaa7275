"""Settings from the environment: what wins, what is never taken unasked, and one clear line when there is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.server import TOKEN, Server

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.environment import settings_from_env
from tfc_agent_tools.errors import ConfigurationError

OTHER = "0ther.atlasv1.t0ken"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without a token, and an empty home."""
    for name in (
        "TFE_TOKEN",
        "TFE_ADDRESS",
        "TFE_HOSTNAME",
        "TFC_AGENT_POLICY",
        "TFC_AGENT_PROMPTS",
        "TFC_AGENT_STORE",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("TF_TOKEN_app_terraform_io", "TF_TOKEN_tfe__one_example"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return monkeypatch


def saved(tmp_path: Path, content: Any) -> None:
    folder = tmp_path / ".terraform.d"
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "credentials.tfrc.json").write_text(text, encoding="utf-8")


def policy_file(tmp_path: Path, name: str = "policy.yaml") -> Path:
    """A policy in which one of two agents has a token of its own."""
    file = tmp_path / name
    deployer = "deployer: {on_behalf_of: ana, token: DEPLOYER_TOKEN}"
    file.write_text(f"version: 1\nagents: {{{deployer}, reader: {{on_behalf_of: ana}}}}\n", encoding="utf-8")
    return file


def logged_in(tmp_path: Path, host: str = "app.terraform.io") -> None:
    saved(tmp_path, {"credentials": {host: {"token": TOKEN}}})


def test_the_token_comes_from_tfe_token(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TFE_TOKEN", TOKEN)
    assert settings_from_env({}) == {"token": TOKEN}


def test_tfe_address_wins_over_tfe_hostname(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TFE_TOKEN", TOKEN)
    environment.setenv("TFE_HOSTNAME", "hostname.example")
    assert settings_from_env({})["address"] == "hostname.example"
    environment.setenv("TFE_ADDRESS", "https://address.example")
    assert settings_from_env({})["address"] == "https://address.example"
    environment.setenv("TFE_ADDRESS", "")
    assert settings_from_env({})["address"] == "hostname.example"


@pytest.mark.parametrize(
    ("variable", "setting"),
    [
        ("TFE_TOKEN", "token"),
        ("TFE_ADDRESS", "address"),
        ("TFE_HOSTNAME", "address"),
        ("TFC_AGENT_PROMPTS", "prompts"),
        ("TFC_AGENT_STORE", "store"),
    ],
)
def test_what_is_given_wins_over_the_environment_and_none_is_not_given(
    variable: str, setting: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("TFE_TOKEN", OTHER)
    environment.setenv(variable, "from the environment")
    assert settings_from_env({setting: "given"})[setting] == "given"
    assert settings_from_env({setting: None})[setting] == "from the environment"
    assert settings_from_env({"agent": "infra"})["agent"] == "infra"


def test_a_policy_that_is_given_wins_over_that_of_the_environment(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given, other = policy_file(tmp_path, "given.yaml"), policy_file(tmp_path, "other.yaml")
    environment.setenv("TFE_TOKEN", TOKEN)
    environment.setenv("TFC_AGENT_POLICY", str(other))
    assert settings_from_env({"policy": given})["policy"] == given
    assert settings_from_env({"policy": None})["policy"] == str(other)


def test_an_agents_own_token_is_taken_instead_of_tfe_token(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    policy = policy_file(tmp_path)
    environment.setenv("TFE_TOKEN", TOKEN)
    environment.setenv("DEPLOYER_TOKEN", OTHER)
    assert settings_from_env({"policy": str(policy), "agent": "deployer"})["token"] == OTHER
    assert settings_from_env({"policy": policy, "agent": "reader"})["token"] == TOKEN
    assert settings_from_env({"policy": policy})["token"] == TOKEN
    assert settings_from_env({"policy": policy, "agent": "deployer", "token": "given"})["token"] == "given"


@pytest.mark.parametrize("cli_credentials", [False, True])
@pytest.mark.parametrize("own", [None, ""])
def test_without_an_agents_own_token_no_other_is_taken(
    own: str | None, cli_credentials: bool, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    logged_in(tmp_path)
    environment.setenv("TFE_TOKEN", TOKEN)
    environment.delenv("DEPLOYER_TOKEN", raising=False)
    if own is not None:
        environment.setenv("DEPLOYER_TOKEN", own)
    with pytest.raises(ConfigurationError, match="DEPLOYER_TOKEN, which is not set"):
        settings_from_env({"policy": policy_file(tmp_path), "agent": "deployer"}, cli_credentials=cli_credentials)


def test_a_policy_that_cannot_be_read_gives_no_token(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("TFE_TOKEN", TOKEN)
    with pytest.raises(ConfigurationError, match="can't be read"):
        settings_from_env({"policy": tmp_path / "none.yaml", "agent": "deployer"})


@pytest.mark.parametrize("cli_credentials", [False, True])
@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_one_line_says_what_to_set(
    token: str | None, cli_credentials: bool, environment: pytest.MonkeyPatch
) -> None:
    if token is not None:
        environment.setenv("TFE_TOKEN", token)
    with pytest.raises(ConfigurationError, match="set TFE_TOKEN") as caught:
        TerraformCloudToolkit.from_env(cli_credentials=cli_credentials)
    assert "\n" not in str(caught.value)
    assert ("TF_TOKEN_" in str(caught.value)) is cli_credentials


def test_the_credentials_of_the_terraform_cli_are_never_taken_unasked(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    logged_in(tmp_path)
    environment.setenv("TF_TOKEN_app_terraform_io", TOKEN)
    with pytest.raises(ConfigurationError, match="no token"):
        settings_from_env({})
    assert settings_from_env({}, cli_credentials=True) == {"token": TOKEN}


def test_tfe_token_wins_over_the_clis_and_its_variable_over_its_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    logged_in(tmp_path)
    assert settings_from_env({}, cli_credentials=True)["token"] == TOKEN
    environment.setenv("TF_TOKEN_app_terraform_io", OTHER)
    assert settings_from_env({}, cli_credentials=True)["token"] == OTHER
    environment.setenv("TFE_TOKEN", "third")
    assert settings_from_env({}, cli_credentials=True)["token"] == "third"
    assert settings_from_env({"token": "given"}, cli_credentials=True)["token"] == "given"


@pytest.mark.parametrize("address", ["https://tfe-one.example", "tfe-one.example", "https://TFE-One.example/"])
def test_the_clis_token_is_that_of_the_address(address: str, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    logged_in(tmp_path)
    environment.setenv("TF_TOKEN_app_terraform_io", TOKEN)
    with pytest.raises(ConfigurationError):
        settings_from_env({"address": address}, cli_credentials=True)
    environment.setenv("TF_TOKEN_tfe__one_example", OTHER)
    assert settings_from_env({"address": address}, cli_credentials=True)["token"] == OTHER
    environment.delenv("TF_TOKEN_tfe__one_example")
    logged_in(tmp_path, "tfe-one.example")
    assert settings_from_env({"address": address}, cli_credentials=True)["token"] == TOKEN


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "7", {}, {"credentials": []}, {"credentials": {"app.terraform.io": []}}]
    + [{"credentials": {"app.terraform.io": {"token": token}}} for token in (None, 7, ["x"])],
)
def test_a_credentials_file_that_holds_no_token_counts_as_none(content: Any, tmp_path: Path) -> None:
    saved(tmp_path, content)
    with pytest.raises(ConfigurationError, match="no token"):
        settings_from_env({}, cli_credentials=True)


def test_an_address_that_is_none_is_one_clear_line_even_while_looking_for_a_token() -> None:
    with pytest.raises(ConfigurationError, match="TFE_ADDRESS"):
        settings_from_env({"address": "https://[::1"}, cli_credentials=True)


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f" {TOKEN}", f"{TOKEN} {TOKEN}", f"Bearer {TOKEN}", f"{TOKEN}\t"])
def test_a_token_with_white_space_is_refused_without_being_told(token: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TFE_TOKEN", token)
    with pytest.raises(ConfigurationError, match="TFE_TOKEN") as caught:
        TerraformCloudToolkit.from_env()
    assert "s3cr3t" not in f"{caught.value} {caught.value.__context__}"


def test_a_toolkit_from_the_environment_goes_where_the_environment_says(
    environment: pytest.MonkeyPatch, server: Server
) -> None:
    environment.setenv("TFE_TOKEN", TOKEN)
    environment.setenv("TFE_HOSTNAME", "tfe.example")
    toolkit = TerraformCloudToolkit.from_env(transport=server, include=["get_run"])
    toolkit.get_tools()[0].invoke({"run_id": "run-aaaaaaaaaaaaaaaa"})
    assert {request.url.host for request in server.sent} == {"tfe.example"}


@pytest.mark.parametrize(("variable", "setting"), [("TFC_AGENT_POLICY", "policy"), ("TFC_AGENT_STORE", "store")])
def test_a_setting_of_the_environment_that_this_version_lacks_is_refused_not_ignored(
    variable: str, setting: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("TFE_TOKEN", TOKEN)
    environment.setenv(variable, "x")
    with pytest.raises(ConfigurationError, match=setting):
        TerraformCloudToolkit.from_env()
