"""Nobody's names on a tape that is kept."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tfc_agent_tools.evaluation.api_words import API_WORDS
from tfc_agent_tools.evaluation.names import COMMON, names_in
from tfc_agent_tools.evaluation.pseudonyms import Naming
from tfc_agent_tools.evaluation.scrub import HOME, canonical

ADDRESS, TOKEN = "https://tfe.corp.net", "a-token-of-no-known-form"
MADE_UP = Naming(are_made_up=True)


def exchange(path: str, answer: Any = "", body: Any = None, method: str = "GET", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-").title(): [value] for name, value in headers.items()}
    return {
        "request": {
            "method": method,
            "uri": f"{ADDRESS}/api/v2{path}",
            "headers": named,
            "body": body if body is None or isinstance(body, str) else json.dumps(body),
        },
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": named,
            "body": {"string": answer if isinstance(answer, str) else json.dumps(answer)},
        },
    }


def resource(kind: str, own: str = "x-1", **attributes: Any) -> dict[str, Any]:
    return {"id": own, "type": kind, "attributes": attributes}


def scrubbed(*exchanges: dict[str, Any], naming: Naming | None = None) -> list[dict[str, Any]]:
    return canonical(exchanges, address=ADDRESS, token=TOKEN, naming=naming or Naming())


def told(name: str, kind: str) -> dict[str, Any]:
    """An answer that says what something is called."""
    return exchange("/account/details", {"data": [called(name, kind)]})


def called(name: str, kind: str) -> dict[str, Any]:
    own = name if kind == "organizations" else "x-1"
    return resource(kind, own, **{"username" if kind == "users" else "name": name})


KINDS = {
    "organizations": "organization",
    "projects": "project",
    "workspaces": "workspace",
    "teams": "team",
    "users": "user",
}


@pytest.mark.parametrize(("kind", "pseudonym"), KINDS.items())
def test_what_a_resource_is_called_goes_from_every_exchange(kind: str, pseudonym: str) -> None:
    tape = scrubbed(
        exchange("/z/payroll?q=payroll", '{"message": "for payroll\\npayroll: now"}', location=f"{ADDRESS}/payroll"),
        told("payroll", kind),
    )
    assert "payroll" not in str(tape)
    assert tape[1]["request"]["uri"] == f"{HOME}/api/v2/z/{pseudonym}-1?q={pseudonym}-1"
    assert tape[1]["response"]["headers"]["location"] == [f"{HOME}/{pseudonym}-1"]
    assert json.loads(tape[1]["response"]["body"]["string"])["message"] == f"for {pseudonym}-1\n{pseudonym}-1: now"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/organizations/payroll/workspaces/web-live", ""),
        ("/x", '{"links":{"self":"/api/v2/organizations/payroll/workspaces/web-live"}}'),
        ("/x", '{"links":{"self-html":"/app/payroll/workspaces/web-live/runs/run-1"}}'),
        ("/x", f"see {ADDRESS}/app/payroll/workspaces/web-live for more"),
        ("/runs?filter%5Borganization%5D%5Bname%5D=payroll&filter[workspace][name]=web-live", ""),
    ],
)
def test_what_only_a_path_or_a_link_names_goes_too(path: str, answer: str) -> None:
    text = str(scrubbed(exchange(path, answer), exchange("/log", "payroll and web-live")))
    assert "payroll" not in text
    assert "web-live" not in text
    assert text.count("organization-1") == text.count("workspace-1") == 2


def test_an_organization_is_its_id_and_what_relates_to_it_names_it() -> None:
    data = {
        **resource("workspaces", name="web-live"),
        "relationships": {"o": {"data": {"id": "payroll", "type": "organizations"}}},
    }
    assert names_in([exchange("/x", {"data": data})]) == {"web-live": "workspace", "payroll": "organization"}


def test_each_kind_is_counted_by_itself_in_the_order_of_the_tape() -> None:
    data = [resource("workspaces", name=name) for name in ("bb-1", "aa-1")] + [resource("teams", name="builders-9")]
    (one,) = scrubbed(exchange("/x", {"data": data}))
    names = [each["attributes"]["name"] for each in json.loads(one["response"]["body"]["string"])["data"]]
    assert names == ["workspace-1", "workspace-2", "team-1"]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("payroll-2 payroll_x xpayroll", "payroll-2 payroll_x xpayroll"),
        ("payroll/payroll.x,payroll", "workspace-1/workspace-1.x,workspace-1"),
        ("a%20payroll%20b", "a%20workspace-1%20b"),
        ("PayRoll", "workspace-1"),
        ("éPAYROLLé", "éworkspace-1é"),
        ('{"a": "\\npayroll\\u00e9"}', '{"a": "\\nworkspace-1é"}'),
        ('not JSON: \\npayroll\\npayroll\\"', 'not JSON: \\nworkspace-1\\nworkspace-1\\"'),
    ],
)
def test_a_name_is_replaced_as_a_whole_word(text: str, after: str) -> None:
    tape = scrubbed(told("payroll", "workspaces"), exchange("/z", text))
    assert tape[-1]["response"]["body"]["string"] == after


def test_the_longest_name_goes_first() -> None:
    tape = scrubbed(
        exchange("/z", "payroll-live payroll"), told("payroll", "workspaces"), told("payroll-live", "projects")
    )
    assert tape[-1]["response"]["body"]["string"] == "project-1 workspace-1"


@pytest.mark.parametrize("spelt", ["Core Stück", "Core St\\u00fcck", "Core%20St%C3%BCck", "Core+St%c3%bcck"])
def test_a_name_with_spaces_and_letters_of_any_script_is_found_in_every_spelling(spelt: str) -> None:
    tape = scrubbed(exchange("/z", f"a {spelt} b"), told("Core Stück", "projects"))
    assert tape[-1]["response"]["body"]["string"] == "a project-1 b"


@pytest.mark.parametrize("name", ["1", "42", "a", "true", "null", "00"])
def test_a_name_that_is_part_of_everything_goes_only_where_it_stands_alone(name: str) -> None:
    body = f'{{"n":{name if name not in ("a", "00") else 1},"t":"2026-01-01T00:00:00Z","m":"a 42","w":"{name}"}}'
    tape = scrubbed(exchange(f"/z/{name}/b?n={name}", body), told(name, "workspaces"))
    after = json.loads(tape[-1]["response"]["body"]["string"])
    assert after["w"] == "workspace-1"
    assert (after["t"], after["m"]) == ("2026-01-01T00:00:00Z", "a 42")
    assert tape[-1]["request"]["uri"] == f"{HOME}/api/v2/z/workspace-1/b?n=workspace-1"


@pytest.mark.parametrize("name", ["runs", "Workspaces", "app", "planned", "auto-apply", "resource_changes", "owners"])
def test_a_word_of_the_api_is_left_where_the_tape_needs_it(name: str) -> None:
    tape = scrubbed(told(name, "workspaces"), exchange("/z", {"data": resource("workspaces", **{"auto-apply": True})}))
    assert json.loads(tape[-1]["response"]["body"]["string"])["data"]["attributes"] == {"auto-apply": True}
    assert name in str(tape)


def test_the_servers_host_goes_with_its_address_and_without() -> None:
    (one,) = scrubbed(exchange("/a", f"{ADDRESS}/x tfe.corp.net my.tfe.corp.net.evil"), naming=MADE_UP)
    assert one["response"]["body"]["string"] == f"{HOME}/x app.terraform.io my.tfe.corp.net.evil"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("ada@corp.net", "{}@example.com"),
        ("ADA@Corp.net", "{}@example.com"),
        ("ada%40corp.net", "{}%40example.com"),
        ("<ada@corp.net>", "<{}@example.com>"),
        ("a%20ada@corp.net", "a%20{}@example.com"),
        ('"a\\nada@corp.net"', '"a\\n{}@example.com"'),
        ('"ada\\u0040corp.net"', '"{}@example.com"'),
        ('not JSON "a\\nada\\u0040corp.net"', 'not JSON "a\\n{}\\u0040example.com"'),
    ],
)
def test_an_e_mail_address_gets_one_pseudonym_in_every_spelling(text: str, after: str) -> None:
    tape = scrubbed(exchange("/a", "ada@corp.net bob@corp.net"), exchange("/b", text), naming=MADE_UP)
    assert tape[0]["response"]["body"]["string"] == "person-1@example.com person-2@example.com"
    assert tape[1]["response"]["body"]["string"] == after.format("person-1")


@pytest.mark.parametrize(
    "domain", ["example", "acme.example", "a.test", "b.invalid", "localhost", "example.com", "a.example.org"]
)
def test_an_address_at_which_nobody_is_stays(domain: str) -> None:
    assert f"ada@{domain} " in str(scrubbed(exchange("/a", f"ada@{domain} "), naming=MADE_UP))


def test_the_number_of_an_avatar_goes_since_it_is_made_from_an_address() -> None:
    assert "abc123" not in str(scrubbed(exchange("/a", "https://www.gravatar.com/avatar/abc123?s=100"), naming=MADE_UP))


def test_a_sandboxs_names_stay() -> None:
    assert "payroll" in str(scrubbed(told("payroll", "workspaces"), naming=MADE_UP))


def test_a_renamed_thing_has_the_cases_name_and_no_other_thing_has() -> None:
    naming = Naming(
        renamed={"acme": "payroll", "workspace-1": "web-live", "ws-Case": "ws-Real", "ops@a.example": "o@corp.net"}
    )
    data = [
        resource("organizations", "payroll"),
        *(resource("workspaces", name=name) for name in ("web-live", "other", "acme")),
    ]
    tape = str(scrubbed(exchange("/x", {"data": data}), exchange("/z", "ws-Real acme o@corp.net"), naming=naming))
    assert "'ws-Case workspace-3 ops@a.example'" in tape
    assert all(name not in tape for name in ("payroll", "web-live", "other", "corp.net"))
    assert '"workspace-1"' in tape
    assert '"workspace-2"' in tape


def test_a_name_can_be_kept_by_renaming_it_to_itself() -> None:
    assert "payroll" in str(scrubbed(told("payroll", "teams"), naming=Naming(renamed={"payroll": "payroll"})))


_OF_THESE_TESTS = re.compile(
    r"(organization|project|workspace|team|user|person|signed)(-.*)?|get|post|uri|method|headers|request|response|body"
    r"|string|code|location|content-type|said|corp|net|_blobs|ok|n|z|x-1"
)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{2,20}", fullmatch=True).filter(
    lambda name: name.lower() not in API_WORDS | COMMON and not _OF_THESE_TESTS.fullmatch(name.lower())
)
AROUND = st.sampled_from(
    ["{}", "/app/{}/x", "a {} b", "{}/{}", "https://{}.corp.net/{}", '"{}"', "({})", "x={}&y", "{}@corp.net", "\n{}\t"]
)
SECRETS = st.sampled_from(
    [
        TOKEN,
        "abcdefghijklmn.atlasv1." + "s3cr3t" * 10,
        f"{ADDRESS}/_blobs/s3cr3t",
        "https://archivist.terraform.io/v1/object/s3cr3t",
    ]
)


def words_of(tape: object) -> set[str]:
    """What whole words all its strings hold."""
    if isinstance(tape, dict):
        return set[str]().union(*map(words_of, tape.keys()), *map(words_of, tape.values()))
    if isinstance(tape, list):
        return set[str]().union(*map(words_of, tape))
    text = str(tape)
    try:
        inner = words_of(json.loads(text)) if text[:1] in "{[" else set()
    except ValueError:
        inner = set()
    return inner or {word.lower() for word in re.split(r"[^A-Za-z0-9_-]+", text)}


@given(
    names=st.dictionaries(NAMES, st.sampled_from(sorted(KINDS)), min_size=1, max_size=5),
    around=st.lists(AROUND, min_size=1, max_size=4),
    secret=SECRETS,
    is_json=st.booleans(),
)
def test_no_name_address_token_cookie_or_signed_url_is_written_whatever_the_exchange(
    names: dict[str, str], around: list[str], secret: str, is_json: bool
) -> None:
    assume(len({name.lower() for name in names}) == len(names))
    said = "\n".join([*(form.replace("{}", name) for name in names for form in around), secret])
    headers = {"set_cookie": "c00kie", "cookie": "c00kie", "authorization": f"Bearer {TOKEN}"}
    answer = json.dumps({"m": said}) if is_json else said
    tape = scrubbed(
        *(exchange(f"/n/{name}", {"data": called(name, kind)}) for name, kind in names.items()),
        exchange("/z", answer, {"said": said}, "POST", location=said.replace("\n", " "), **headers),
    )
    written = json.dumps(tape)
    assert not {name.lower() for name in names} & words_of(tape)
    assert not [gone for gone in ("s3cr3t", TOKEN, "c00kie", "@corp.net", "tfe.corp.net") if gone in written]
    assert not is_json or set(json.loads(tape[-1]["response"]["body"]["string"])) == {"m"}


@given(names=st.lists(NAMES, min_size=2, max_size=6, unique_by=str.lower))
def test_the_same_thing_has_the_same_pseudonym_and_two_things_never_have(names: list[str]) -> None:
    tape = scrubbed(
        *(told(name, "workspaces") for name in names),
        exchange("/z", " ".join(names)),
        exchange("/zz", {"m": "\n".join(names)}),
    )
    said = tape[-2]["response"]["body"]["string"].split(" ")
    assert said == json.loads(tape[-1]["response"]["body"]["string"])["m"].split("\n")
    assert len(set(said)) == len(names)
    assert all(re.fullmatch(r"workspace-\d+", one) for one in said)
