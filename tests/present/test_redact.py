"""No secret is left in a redacted document, everything else is, and what can't be redacted for sure is refused."""

from __future__ import annotations

import inspect
import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.redact import (
    Redacted,
    plan_secrets,
    redact,
    redact_document,
    redact_log,
    redact_outputs,
    redact_plan,
    redact_shown_state,
    redact_state,
)
from tfc_agent_tools.present.scrubber import Scrubber

PLANS = Path(__file__).parents[1] / "plans"
SAMPLES = Path(__file__).parents[1] / "samples" / "answers.ndjson"
HIDDEN = "(sensitive)"
Steps = tuple[str | int, ...]

DOCUMENTS = sorted(path for path in PLANS.glob("[0-9]*.json"))
LOGS = sorted([*PLANS.glob("[0-9]*.log.txt"), *PLANS.glob("[0-9]*.ndjson")])


def loaded(path: Path) -> Any:
    return json.loads(path.read_text())


def planted() -> set[str]:
    """The values of all sensitive variables of all recorded plans."""
    found: set[str] = set()
    for path in DOCUMENTS:
        plan = loaded(path)
        for name, declared in plan.get("configuration", {}).get("root_module", {}).get("variables", {}).items():
            if declared.get("sensitive"):
                found |= {plan["variables"][name]["value"], declared.get("default")} - {None}
    return found


PLANTED = planted()


def forms(secret: str) -> set[str]:
    """The forms to look for in the output, written without the code under test."""
    encoded = {b64encode(text.encode()).decode().rstrip("=") for text in (secret, f"{secret}\n")}
    escaped = {
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
    lines = {line.strip() for line in secret.splitlines() if len(line.strip()) >= 8}
    return {secret, *encoded, *escaped, quote(secret), quote(secret, safe=""), quote_plus(secret), *lines}


def texts_in(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        yield from data
    if isinstance(data, str):
        yield data
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from texts_in(value)


def copies(data: Any, secrets: set[str]) -> int:
    """How often any form of any secret stands in the data, as it is held and as JSON."""
    texts = [*texts_in(data), json.dumps(data)]
    return sum(text.count(form) for secret in secrets for form in forms(secret) for text in texts)


def leaves_of(data: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else None
    if inner is None:
        yield steps, data
    else:
        for step, below in inner:
            yield from leaves_of(below, (*steps, step))


def test_the_recorded_documents_hold_planted_secrets() -> None:
    assert {"s3cr3t-pa55", "n3w-pass"} == PLANTED
    assert sum(copies(loaded(path), PLANTED) for path in DOCUMENTS) > 200
    assert sum(path.read_text().count(secret) for path in LOGS for secret in PLANTED) >= 2


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_of_a_recorded_document_exactly_the_secrets_are_hidden(path: Path) -> None:
    original = loaded(path)
    redacted = redact(original)
    shown = dict(leaves_of(redacted.data))
    secret = {steps for steps, leaf in leaves_of(original) if isinstance(leaf, str) and copies(leaf, PLANTED)}
    assert copies(redacted.data, PLANTED) == 0
    assert {steps: leaf for steps, leaf in leaves_of(original) if steps not in secret} == {
        steps: leaf for steps, leaf in shown.items() if leaf != HIDDEN
    }
    assert redacted.hidden == len(secret) == len([leaf for leaf in shown.values() if leaf == HIDDEN])
    assert len(shown) > len(secret)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_redacting_a_recorded_document_twice_is_redacting_it_once(path: Path) -> None:
    once = redact(loaded(path))
    twice = redact(once.data)
    assert (twice.data, twice.hidden) == (once.data, once.hidden)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_a_log_is_without_the_secrets_that_its_plan_names(path: Path) -> None:
    plan = path.with_name(path.name.split(".")[0] + ".json")
    scrubber = redact(loaded(plan)).scrubber if plan.exists() else Scrubber()
    log = path.read_text()
    shown = redact_log(log, scrubber)
    assert copies(shown, PLANTED) == 0
    changed = [line for line, kept in zip(log.splitlines(), shown.splitlines(), strict=True) if line != kept]
    assert all(any(secret in line for secret in PLANTED) for line in changed)


def test_a_log_is_cleaned_before_it_is_scrubbed() -> None:
    parted = "password is s3cr3t\u200b-\x1b[1mpa55\x1b[0m"
    assert redact_log(parted, Scrubber(["s3cr3t-pa55"])) == f"password is {HIDDEN}"


PASSWORD = 'pa55"w0rd/+<&>é'
PEM = "-----BEGIN PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nAAAAB3NzaC1yc2E\n-----END PRIVATE KEY-----\n"
OBJECT_KEY = "k3y-0f-th3-map"
EPHEMERAL = "eph3m3ral-t0k3n"
CONSTANT = "c0nstant-in-m0dule"
DEFAULT = "d3fault-0f-child"
LITERAL = "l1teral-in-a-c0nfig"
OUTPUT = "0utput-0f-a-constant"
CHANGED = "chang3d-0utput"
PORT = 54321987
SECRETS = {PASSWORD, PEM, OBJECT_KEY, EPHEMERAL, CONSTANT, DEFAULT, LITERAL, OUTPUT, CHANGED, str(PORT)}


def resource(kind: str, name: str, after: dict[str, Any], marks: Any, **change: Any) -> dict[str, Any]:
    """One entry of `resource_changes`, as a provider's create."""
    entry = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "provider_name": "acme/x"}
    planned = {"actions": ["create"], "before": None, "after": after, "after_unknown": {"id": True}}
    return entry | {"change": planned | {"before_sensitive": False, "after_sensitive": marks} | change}


def provider_plan() -> dict[str, Any]:
    """A plan as providers fill it: marked secrets, and unmarked copies of them in all the places known for that."""
    database = {"engine": "postgres", "username": "app", "password": PASSWORD, "port": PORT, "allocated_storage": 20}
    instance = {
        "ami": "ami-0abc",
        "user_data": b64encode(f"#!/bin/sh\nexport DB={PASSWORD}\n".encode()).decode(),
        "user_data_base64": b64encode(PASSWORD.encode()).decode(),
        "tags": {OBJECT_KEY: "x", "Name": "web"},
        "container_definitions": json.dumps([{"image": "nginx", "env": {"K": PASSWORD}, "port": str(PORT)}]),
        "url": f"https://db.acme.io/?p={quote_plus(PASSWORD)}",
        "checked": True,
        "ports": [80, PORT],
    }
    keys = {"public": "ssh-rsa AAAA", "keys": ["first", PEM], "copy": f"key is\n  {PEM.splitlines()[1]}"}
    vault = {"data": {OBJECT_KEY: "s", "port": 1}, "opened": f"nonsensitive {EPHEMERAL}", "echo": [CONSTANT, DEFAULT]}
    changes = [
        resource("aws_db_instance", "main", database, {"password": True, "port": True}),
        resource("aws_instance", "web", instance, {"tags": {}}),
        resource("tls_private_key", "one", keys, {"keys": [False, True]}),
        resource("vault_generic_secret", "two", vault, {"data": True, "echo": [False, False]}),
        resource("acme_thing", "three", {"id": LITERAL}, {}),
        resource("acme_list", f'of["{PASSWORD}"]', {"n": 1}, {}, importing={"id": f"x/{PASSWORD}"}),
    ]
    configuration = {
        "provider_config": {"acme": {"name": "acme", "expressions": {"token": {"constant_value": "short"}}}},
        "root_module": {
            "variables": {
                "db_password": {"sensitive": True, "default": PASSWORD},
                "once": {"ephemeral": True},
                "region": {"default": "eu-west-1"},
            },
            "outputs": {"raw": {"sensitive": True, "expression": {"constant_value": OUTPUT}}},
            "module_calls": {
                "app": {
                    "source": "./app",
                    "expressions": {"key": {"constant_value": CONSTANT}, "size": {"constant_value": "large"}},
                    "module": {"variables": {"key": {"sensitive": True, "default": DEFAULT}, "size": {}}},
                }
            },
        },
    }
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {
            "db_password": {"value": PASSWORD},
            "once": {"value": EPHEMERAL},
            "region": {"value": "eu-west-1"},
            "undeclared": {"value": "not declared, so secret"},
        },
        "planned_values": {
            "outputs": {
                "raw": {"sensitive": True, "value": LITERAL},
                "n": {"sensitive": False, "type": "number", "value": 2},
            },
            "root_module": {
                "resources": [
                    {"address": "a.b", "values": {"plain": "x", "p": PASSWORD}, "sensitive_values": {"p": True}}
                ],
                "child_modules": [
                    {
                        "address": f"module.x[{json.dumps(PASSWORD)}]",
                        "resources": [{"address": "c.d", "values": {"p": "unm4rked"}}],
                    }
                ],
            },
        },
        "resource_changes": changes,
        "resource_drift": [resource("acme_list", "drifted", {"a": PORT}, {"a": True})],
        "output_changes": {"raw": {"actions": ["create"], "before": None, "after": CHANGED, "after_sensitive": True}},
        "configuration": configuration,
        "checks": [
            {
                "address": {"kind": "check"},
                "status": "fail",
                "instances": [{"problems": [{"message": f"{EPHEMERAL}!"}]}],
            }
        ],
        "relevant_attributes": [{"resource": "vault_generic_secret.two", "attribute": ["data", OBJECT_KEY]}],
        "errored": False,
    }


def test_secrets_of_providers_are_hidden_in_every_place_and_form() -> None:
    plan = provider_plan()
    redacted = redact(plan)
    assert all(copies(plan, {secret}) for secret in SECRETS)
    assert {secret for secret in SECRETS if copies(redacted.data, {secret})} == set()
    assert "unm4rked" not in json.dumps(redacted.data)
    assert "not declared" not in json.dumps(redacted.data)
    assert PORT not in [leaf for _, leaf in leaves_of(redacted.data)]


def test_what_is_beside_the_secrets_of_providers_stays() -> None:
    shown = redact(provider_plan()).data
    database, instance, keys, vault, *_ = [entry["change"]["after"] for entry in shown["resource_changes"]]
    assert database == {
        "engine": "postgres",
        "username": "app",
        "password": HIDDEN,
        "port": HIDDEN,
        "allocated_storage": 20,
    }
    assert instance["tags"] == {HIDDEN: "x", "Name": "web"}
    assert json.loads(instance["container_definitions"]) == [{"image": "nginx", "env": {"K": HIDDEN}, "port": HIDDEN}]
    assert instance["url"] == f"https://db.acme.io/?p={HIDDEN}"
    assert (instance["ports"], instance["checked"], instance["ami"]) == ([80, HIDDEN], True, "ami-0abc")
    assert keys == {"public": "ssh-rsa AAAA", "keys": ["first", HIDDEN], "copy": f"key is\n  {HIDDEN}"}
    assert vault == {"data": HIDDEN, "opened": f"nonsensitive {HIDDEN}", "echo": [HIDDEN, HIDDEN]}
    assert shown["variables"]["region"] == {"value": "eu-west-1"}
    assert shown["planned_values"]["outputs"]["n"] == {"sensitive": False, "type": "number", "value": 2}
    assert shown["configuration"]["provider_config"]["acme"]["expressions"] == {"token": {"constant_value": HIDDEN}}
    call = shown["configuration"]["root_module"]["module_calls"]["app"]
    assert call["expressions"] == {"key": {"constant_value": HIDDEN}, "size": {"constant_value": "large"}}
    assert shown["resource_changes"][5]["name"] == f'of["{HIDDEN}"]'
    assert [entry["change"]["actions"] for entry in shown["resource_changes"]] == [["create"]] * 6


def test_redacting_a_plan_of_providers_twice_is_redacting_it_once() -> None:
    once = redact(provider_plan())
    twice = redact(once.data)
    assert (twice.data, twice.hidden) == (once.data, once.hidden)


@pytest.mark.parametrize("weak", ["1", "true", "web", "create", "1.2", "string", 1, True, "managed", "no-op"])
def test_a_secret_that_is_an_everyday_word_does_not_blank_the_document(weak: Any) -> None:
    plan = provider_plan()
    plan["variables"]["db_password"]["value"] = plan["configuration"]["root_module"]["variables"]["db_password"][
        "default"
    ] = weak
    redacted = redact_plan(plan)
    before, after = dict(leaves_of(plan)), dict(leaves_of(redacted.data))
    assert redacted.data["format_version"] == "1.2"
    assert [entry["change"]["actions"] for entry in redacted.data["resource_changes"]] == [["create"]] * 6
    assert redacted.data["resource_changes"][1]["address"] == "aws_instance.web"
    assert redacted.data["variables"]["db_password"] == {"value": HIDDEN}
    kept = [steps for steps, leaf in before.items() if after.get(steps) == leaf]
    assert len(kept) > 0.7 * len(before)


def test_a_change_without_marks_is_secret_as_a_whole() -> None:
    plan = {
        "format_version": "0.1",
        "resource_changes": [{"address": "a.b", "change": {"actions": ["create"], "after": {"x": "unm4rked"}}}],
    }
    shown = redact(plan).data["resource_changes"][0]
    assert shown == {"address": "a.b", "change": {"actions": ["create"], "after": HIDDEN}}
    assert plan_secrets(plan) == ("unm4rked",)


def test_a_part_that_no_known_format_has_is_hidden() -> None:
    redacted = redact(
        {"format_version": "1.9", "resource_changes": [], "brand_new": {"x": "s3cr3t-pa55"}, "flag": True}
    )
    assert redacted.data == {"format_version": "1.9", "resource_changes": [], "brand_new": HIDDEN, "flag": True}


def test_action_invocations_and_deferred_changes_are_masked_by_their_marks() -> None:
    def action(secret: str) -> dict[str, Any]:
        config = {"p": secret, "q": 1}
        return {"address": "action.a.b", "config_values": config, "config_sensitive": {"p": True}}

    deferred = {"reason": "unknown", "resource_change": resource("a", "b", {"x": "s3cr3t-0ne"}, {"x": True})}
    plan: dict[str, Any] = {"format_version": "1.2", "applyable": True, "deferred_changes": [deferred]}
    plan["action_invocations"] = [action("s3cr3t-two")]
    plan["deferred_action_invocations"] = [{"reason": "unknown", "action_invocation": action("s3cr3t-three")}]
    shown = redact(plan)
    assert shown.data["action_invocations"][0]["config_values"] == {"p": HIDDEN, "q": 1}
    assert copies(shown.data, {"s3cr3t-"}) == 0
    assert shown.hidden == 3


def test_values_that_are_known_are_hidden_too_whether_given_as_values_or_as_a_scrubber() -> None:
    plan = provider_plan()
    for known in (["postgres", "eu-west-1"], Scrubber(["postgres", "eu-west-1"])):
        redacted = redact_plan(plan, known)
        assert copies(redacted.data, SECRETS | {"postgres", "eu-west-1"}) == 0
    assert redacted.scrubber.text(f"postgres {EPHEMERAL}") == f"{HIDDEN} {HIDDEN}"


STATE = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 3,
    "lineage": "l",
    "outputs": {
        "a": {"value": "s3cr3t-pa55", "type": "string", "sensitive": True},
        "b": {"value": "x", "type": "string"},
    },
    "resources": [
        {
            "mode": "managed",
            "type": "t",
            "name": "n",
            "provider": 'provider["acme/x"]',
            "instances": [
                {
                    "index_key": "s3cr3t-pa55",
                    "schema_version": 1,
                    "attributes": {
                        "marked": {"value": {"p": "m4rked-value"}, "type": ["object", {"p": "string"}]},
                        "copied": "x m4rked-value",
                        "lost": {"deep": "l0st-path", "b": 7},
                        "plain": ["y", 1, None, True],
                    },
                    "sensitive_attributes": [
                        [{"type": "get_attr", "value": "marked"}, {"type": "get_attr", "value": "p"}],
                        [{"type": "get_attr", "value": "lost"}, {"type": "get_attr", "value": "gone"}],
                    ],
                    "private": "cHJpdmF0ZQ==",
                },
                {"attributes_flat": {"p": "fl4t"}, "schema_version": 0},
                {"attributes": {"old": "unm4rked"}},
            ],
        }
    ],
    "check_results": [{"objects": [{"failure_messages": ["got m4rked-value"]}]}],
}


def test_a_state_file_is_masked_by_its_paths_and_loses_what_only_a_provider_reads() -> None:
    redacted = redact(STATE)
    first, second, third = redacted.data["resources"][0]["instances"]
    assert copies(redacted.data, {"s3cr3t-pa55", "m4rked-value", "l0st-path", "fl4t", "unm4rked", "cHJpdmF0ZQ=="}) == 0
    assert first["attributes"] == {
        "marked": {"value": {"p": HIDDEN}, "type": ["object", {"p": "string"}]},
        "copied": f"x {HIDDEN}",
        "lost": HIDDEN,
        "plain": ["y", 1, None, True],
    }
    assert "private" not in first
    assert second == {"schema_version": 0}
    assert third == {"attributes": HIDDEN}
    assert redacted.data["outputs"]["b"] == {"value": "x", "type": "string"}
    assert redacted.data["check_results"] == [{"objects": [{"failure_messages": [f"got {HIDDEN}"]}]}]
    assert redact(redacted.data).data == redacted.data


def test_outputs_are_hidden_unless_they_say_that_they_are_plain() -> None:
    outputs = {
        "data": {"sensitive": True, "type": "string", "value": "s3cr3t-pa55"},
        "version": {"sensitive": False, "type": "string", "value": "see s3cr3t-pa55"},
        "plain": {"sensitive": False, "type": ["object", {"db_password": "string"}], "value": {"a": 1}},
    }
    for redacted in (redact(outputs), redact_outputs(outputs)):
        assert redacted.data["data"]["value"] == HIDDEN
        assert redacted.data["version"]["value"] == f"see {HIDDEN}"
        assert redacted.data["plain"] == outputs["plain"]
    assert redact_outputs({"a": {"value": "s3cr3t-pa55"}, "b": "s3cr3t"}).data == {"a": {"value": HIDDEN}, "b": HIDDEN}
    alone = {"data": {"sensitive": True, "type": "string", "value": "s3cr3t-pa55"}}
    assert redact_outputs(alone).data["data"]["value"] == redact(alone).data["data"]["value"] == HIDDEN


def api(kind: str, **attributes: Any) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return {"type": kind, "id": "x-1", "attributes": named, "links": {"self": "/api/v2/x"}}


SIGNED = "https://archivist.terraform.io/v1/object/dmF1bHQ6djE6"
HOOK = "https://example.com/hooks/0PWCpQmYyD4bTTRYZ53q4w"


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        (api("state-versions", serial=1, vcs_commit_url="https://x/y"), {"hosted_state_download_url": SIGNED}),
        (api("state-versions", serial=1), {"hosted_json_state_upload_url": "https://tfe.acme.io/some/where"}),
        (api("configuration-versions", status="pending"), {"upload_url": SIGNED}),
        (api("plans", status="finished", resource_additions=1), {"log_read_url": SIGNED, "sanitized_plan_url": "https://x/y"}),
        (api("notification-configurations", name="n", enabled=True), {"url": HOOK, "token": "abc"}),
        (api("tasks", name="n"), {"url": HOOK, "hmac_key": "abc"}),
        (api("vars", key="a", category="terraform", sensitive=True), {"value": "s3cr3t-pa55"}),
        (api("vars", key="AWS_REGION", category="env", sensitive=False), {"value": "eu-west-1"}),
        (api("vars", key="a", category="terraform"), {"value": "unm4rked"}),
        (api("state-version-outputs", name="n", type="string", sensitive=True), {"value": {"a": "s3cr3t-pa55"}}),
        (api("authentication-tokens", description="d"), {"token": "abc"}),
        (api("oauth-clients", http_url="https://github.com", rsa_public_key="k"), {"secret": "abc", "key": None}),
        (api("github-app", name="n"), {"private_key": "abc", "webhook_url": HOOK}),
        (api("ssh-keys", name="n"), {"value": "abc"}),
    ],
)  # fmt: skip
def test_of_an_api_document_what_only_its_reader_may_have_is_hidden(
    shown: dict[str, Any], hidden: dict[str, Any]
) -> None:
    secret = {name.replace("_", "-"): value for name, value in hidden.items()}
    given = shown | {"attributes": shown["attributes"] | secret}
    for document, found in (
        ({"data": given}, lambda d: d["data"]),
        ({"data": None, "included": [given]}, lambda d: d["included"][0]),
    ):
        resource_ = found(redact(document).data)
        assert resource_["attributes"] == shown["attributes"] | {n: v and HIDDEN for n, v in secret.items()}
        assert (resource_["type"], resource_["id"]) == (shown["type"], "x-1")
        assert "links" not in resource_


def test_plain_variables_and_outputs_stay_and_the_values_given_to_a_run_go() -> None:
    variable = api("vars", key="region", value="eu-west-1", category="terraform", sensitive=False)
    output = api("state-version-outputs", name="fruits", value=["a"], detailed_type=["list", "string"], sensitive=False)
    run = api("runs", message="m", variables=[{"key": "a", "value": '"s3cr3t-pa55"'}], status="planned")
    shown = redact({"data": [variable, output, run]}).data["data"]
    assert [one["attributes"] for one in shown[:2]] == [variable["attributes"], output["attributes"]]
    assert shown[2]["attributes"] == run["attributes"] | {"variables": [{"key": "a", "value": HIDDEN}]}


def test_a_value_given_to_a_run_as_hcl_is_hidden_without_its_quotes_too() -> None:
    run = api("runs", message="with s3cr3t-pa55", variables=[{"key": "a", "value": '"s3cr3t-pa55"'}])
    assert redact({"data": run}).data["data"]["attributes"]["message"] == f"with {HIDDEN}"


def test_a_secret_of_one_resource_is_hidden_in_the_others() -> None:
    variable = api("vars", key="a", value="s3cr3t-pa55", sensitive=True)
    run = api("runs", message="use s3cr3t-pa55 now")
    document = {"data": [variable, run], "errors": [{"detail": "s3cr3t-pa55?"}], "meta": {"token": "abc"}}
    shown = redact(document)
    assert copies(shown.data, {"s3cr3t-pa55"}) == 0
    assert shown.data["meta"] == {"token": HIDDEN}
    assert shown.hidden == 4


def test_samples_of_the_api_keep_everything_but_links_and_secrets() -> None:
    kept = hidden = 0
    for line in SAMPLES.read_text().splitlines():
        sample = json.loads(line)["answer"]
        redacted = redact_document(sample)
        shown = dict(leaves_of(redacted.data))
        for steps, leaf in leaves_of(sample):
            if "links" not in steps:
                kept += shown[steps] == leaf
                hidden += shown[steps] != leaf and HIDDEN in shown[steps]
                assert shown[steps] == leaf or HIDDEN in shown[steps]
        assert redact_document(redacted.data).data == redacted.data
    assert kept > 1000
    assert 10 < hidden < 100


REFUSED = [
    *(None, [], "plan", 5, {}, {"a": 1}, {"data": {"type": "x"}}, {"data": [1]}, {"plan_format_version": "1.2"}),
    *({"version": version, "resources": []} for version in (3, 5, "4", True, 4.0, None)),
    *({"format_version": number, "resource_changes": []} for number in ("2.0", "10.0", "1", "1.x", "", None, 1.2)),
    {"format_version": "2.0", "values": {}},
]


@pytest.mark.parametrize("data", REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_known_is_refused(data: Any) -> None:
    with pytest.raises(Unreadable):
        redact(data)


REDACTORS: list[Callable[[Any], Redacted]] = [
    redact,
    redact_plan,
    redact_shown_state,
    redact_state,
    redact_outputs,
    redact_document,
]


def nested(levels: int, inner: Any) -> Any:
    for level in range(levels):
        inner = {"a": inner} if level % 2 else [inner]
    return inner


def documents_with(deep: Any) -> Iterator[Any]:
    yield deep
    change = resource("a", "b", {"x": deep}, deep)
    yield {"format_version": "1.2", "resource_changes": [change], "planned_values": {"root_module": deep}}
    yield {"version": 4, "resources": deep, "outputs": {"a": {"value": deep}}}
    yield {"data": api("runs", x=deep)}
    yield {"a": {"value": deep, "sensitive": False}}


def outcomes(levels: int) -> list[str]:
    """What becomes of each document in each function: redacted, or the reason why not."""
    found: list[str] = []
    for redactor in REDACTORS:
        for document in documents_with(nested(levels, "s3cr3t-pa55")):
            try:
                redactor(document)
            except Unreadable as error:
                found.append(error.why if error.__context__ is None else "with a context")
            else:
                found.append("redacted")
    return found


def test_nesting_without_end_is_refused_and_not_a_recursion_error() -> None:
    assert set(outcomes(10_000)) >= {"it is nested more than 200 levels deep"}
    assert "redacted" not in outcomes(10_000)
    assert "redacted" in outcomes(150)
    assert not [why for why in outcomes(150) + outcomes(10_000) if "s3cr3t" in why or "context" in why]


def test_a_caller_who_is_deep_in_calls_himself_gets_the_same_refusal() -> None:
    def call(levels: int) -> Redacted:
        return call(levels - 1) if levels else redact(plan)

    plan = {"format_version": "1.2", "resource_changes": [resource("a", "b", {"x": nested(180, "s")}, {})]}
    redact(plan)
    with pytest.raises(Unreadable, match="nested too deep") as caught:
        call(sys.getrecursionlimit() - len(inspect.stack()) - 150)
    assert caught.value.__context__ is None


words = st.text(st.characters(categories=["L", "N"], include_characters='-_ ."\\/'), min_size=1, max_size=10)
KNOWN = """
format_version 1.2 version resource_changes change before after after_sensitive values sensitive_values root_module
resources instances attributes sensitive_attributes outputs value type sensitive data id links variables child_modules
configuration default module_calls expressions constant_value module checks prior_state planned_values included url
string object list get_attr index vars runs key
"""
known_words = st.sampled_from(KNOWN.split())
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words | known_words | st.just(4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | known_words, inner, max_size=6),
    max_leaves=40,
)
heads = st.sampled_from(
    [{}, {"format_version": "1.2", "applyable": True}, {"format_version": "1.0"}, {"version": 4}, {"data": None}]
)


@given(heads, anything)
def test_any_json_is_redacted_or_refused_and_redacting_it_again_changes_nothing(
    head: dict[str, Any], data: Any
) -> None:
    document = head | data if isinstance(data, dict) else data
    before = json.dumps(document)
    for redactor in REDACTORS:
        try:
            once = redactor(document)
        except Unreadable:
            continue
        assert redactor(once.data).data == once.data
        assert json.dumps(document) == before


secret_words = st.text('abcdefgh0123456789-+/"\\<&é\n ', min_size=6, max_size=30).filter(
    lambda text: len(text.strip()) >= 6
)
secret_values = st.recursive(
    secret_words | st.integers(10**6, 10**12) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(secret_values, st.sampled_from(["direct", "member", "element"]), secret_words)
def test_no_marked_value_of_six_characters_survives_anywhere(value: Any, place: str, harmless: str) -> None:
    secrets = {str(leaf) for _, leaf in leaves_of(value) if isinstance(leaf, str | int) and not isinstance(leaf, bool)}
    held, marks = {
        "direct": (value, True),
        "member": ({"x": value}, {"x": True}),
        "element": ([value, 1], [True, False]),
    }[place]
    copied = {
        "json": json.dumps(value),
        "twice": json.dumps(json.dumps(value)),
        "text": [f"<{secret}>" for secret in secrets],
    }
    copied["encoded"] = [b64encode(secret.encode()).decode() for secret in secrets]
    copied["keys"] = dict.fromkeys(secrets, 1)
    plan = {
        "format_version": "1.2",
        "resource_changes": [resource("a", "b", {"v": held}, {"v": marks}), resource("a", "c", copied, {})],
        "checks": [{"instances": [{"problems": [{"message": secret} for secret in secrets]}]}],
        "timestamp": harmless if not any(secret in harmless for secret in secrets) else "",
    }
    redacted = redact(plan)
    after = redacted.data["resource_changes"][1]["change"]["after"]
    left = [text.replace(HIDDEN, "\0") for part in (after, redacted.data["checks"]) for text in texts_in(part)]
    encoded = {b64encode(secret.encode()).decode().rstrip("=") for secret in secrets}
    assert not [secret for secret in secrets | encoded for text in left if secret in text]
    assert redacted.data["timestamp"] == plan["timestamp"]
    assert redact(redacted.data).data == redacted.data


silent = st.text(st.characters(categories=["L", "N"], include_characters='-_ ."\\/', exclude_characters="sSkK\u212a"))
harmless = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | silent,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(silent, inner, max_size=6),
)


@given(harmless)
def test_a_document_without_secrets_comes_out_equal(data: Any) -> None:
    plan = {"format_version": "1.2", "resource_changes": [resource("a", "b", {"v": data}, {})], "applyable": True}
    redacted = redact(plan)
    assert redacted.data == plan
    assert redacted.hidden == 0


def test_a_redacted_document_shows_no_secret_by_itself() -> None:
    redacted = redact(provider_plan())
    assert not [secret for secret in SECRETS if secret in repr(redacted)]
    with pytest.raises(TypeError):
        json.dumps(redacted.scrubber)
