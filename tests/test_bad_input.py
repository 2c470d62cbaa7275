"""What a model gets wrong: refused before any request, with the argument and the fix, and without the value."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import ToolMessage
from support.calls import GOOD
from support.server import PLAN, RUN, TOKEN, VERSION, WORKSPACE, Server
from support.tools import MakeToolkit, Use, tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.arguments import public
from tfc_agent_tools.authority.audit import AuditRecord
from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.endpoints import catalog

NAMING = sorted(name for name, arguments in GOOD.items() if arguments)
"""The tools that must be given something."""
IDS = {"run_id": RUN, "plan_id": PLAN, "configuration_version_id": VERSION, "workspace": WORKSPACE}
MEGABYTE = "MARK" * 250_000
ROUTES = [
    *("..", ".", "...", "a/../b", "../..", "a/b/c", "%2e%2e", "%2E%2E%2F", "..%2f", "a%2fb", "..\\..", "a\\b"),
    *(
        "\u2025",
        "\uff0e\uff0e",
        "\uff0f",
        "a\u2215b",
        "\u2024\u2024",
        "acme\x00",
        "\x00",
        "acme\n",
        "acme\r\nX: y",
        " ",
    ),
    *("acme ", " acme", "", "/", "//", "/etc/passwd", "?x=1", "a?b", "a#b", "a;b", "a&b", "a=b", "-", "_x", "a" * 200),
    *("аcme", "acme\u200b", "ac\u202eme", "\ud800", "{run_id}", "acme/", "/acme"),  # noqa: RUF001 - a Cyrillic letter
]
CONTROLS = ["\x00", "\x07", "\x1b[31m", "\r", "\x7f", "\x85", "\x9b", "\u202e", "\u2066", "\u2069"]
FREE_TEXT = {
    "apply_run": ["comment", "reason"],
    "discard_run": ["comment", "reason"],
    "create_run": ["message", "reason"],
    "lock_workspace": ["lock_reason", "reason"],
    "list_workspaces": ["name", "wildcard_name", "tags", "exclude_tags", "run_status"],
}


def refused(server: Server, message: ToolMessage, argument: str) -> None:
    """The one thing that every wrong argument comes to."""
    assert message.status == "error"
    assert message.text.startswith(f"Wrong argument. {argument}: ")
    assert message.text.endswith("Nothing was sent. Call again with it corrected.")
    assert len(message.text) < 1000
    assert len(message.text.splitlines()) == 2
    assert "MARK" not in message.text
    assert server.sent == []


def test_every_tool_is_tried_here(make_toolkit: MakeToolkit) -> None:
    assert {tool.name for tool in make_toolkit().get_tools()} == set(GOOD)


@pytest.mark.parametrize("tool", NAMING)
@pytest.mark.parametrize(
    "argument",
    [
        "confirm",
        "confirmed",
        "self",
        "config",
        "run_manager",
        "callbacks",
        "tool_input",
        "kwargs",
        "args",
        "tool_call_id",
    ],
)
def test_an_argument_that_a_tool_does_not_take_is_refused_whatever_it_is_called(
    tool: str, argument: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True)
    message = use(toolkit, tool, **GOOD[tool], **{argument: "MARK"})
    refused(server, message, argument)
    assert "It takes " in message.text
    assert all(name in message.text for name in GOOD[tool])


@pytest.mark.parametrize("tool", NAMING)
def test_an_argument_that_is_missing_is_named(tool: str, server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    refused(server, use(make_toolkit(), tool), next(iter(GOOD[tool])))


@pytest.mark.parametrize("tool", ["apply_run", "get_plan", "upload_configuration_files", "create_run", "watch_run"])
@pytest.mark.parametrize(
    "wrong",
    [
        *ROUTES,
        *IDS.values(),
        "run",
        "run-",
        "run-a b",
        "run-é",
        "run-x/y/z",
        "RUN-abc",
        "MARK",
        MEGABYTE,
        7,
        None,
        True,
        [RUN],
        {},
    ],
    ids=lambda wrong: repr(wrong)[:30],
)
def test_an_id_of_another_shape_or_another_type_is_refused_with_an_example(
    tool: str, wrong: Any, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    argument = next(iter(GOOD[tool]))
    if wrong == IDS[argument]:
        return
    message = use(make_toolkit(confirmer=lambda _: True), tool, **{**GOOD[tool], argument: wrong})
    refused(server, message, argument)
    assert f"It looks like {IDS[argument].partition('-')[0]}-" in message.text


@pytest.mark.parametrize("wrong", ROUTES, ids=lambda wrong: repr(wrong)[:30])
@pytest.mark.parametrize("argument", ["organization_name", "workspace_name"])
def test_a_name_cannot_lead_elsewhere(
    argument: str, wrong: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    tool = "get_workspace_by_name"
    refused(server, use(make_toolkit(), tool, **{**GOOD[tool], argument: wrong}), argument)


@pytest.mark.parametrize("wrong", ROUTES, ids=lambda wrong: repr(wrong)[:30])
@pytest.mark.parametrize("place", ["{}/app", "acme/{}"])
def test_neither_half_of_a_workspaces_full_name_can(
    place: str, wrong: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=lambda _: True), "lock_workspace", workspace=place.format(wrong))
    refused(server, message, "workspace")


@pytest.mark.parametrize("size", [0, 101, -1, 10**30, "many", 1.5, None])
@pytest.mark.parametrize("argument", ["page_size", "page_number"])
def test_a_page_has_limits(argument: str, size: Any, server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    if argument == "page_number" and size in (101, 10**30):
        return
    message = use(make_toolkit(), "list_workspaces", organization_name="acme", **{argument: size})
    refused(server, message, argument)


@pytest.mark.parametrize(("size", "limit"), [(0, "1"), (101, "100")])
def test_the_limit_of_a_page_is_told(size: int, limit: str, make_toolkit: MakeToolkit, use: Use) -> None:
    message = use(make_toolkit(), "list_workspaces", organization_name="acme", page_size=size)
    assert message.text.splitlines()[0].endswith(f" {limit}.")


@pytest.mark.parametrize(("tool", "argument"), [(tool, name) for tool, names in FREE_TEXT.items() for name in names])
@pytest.mark.parametrize(
    "wrong", [MEGABYTE, *(f"MARK{control}MARK" for control in CONTROLS)], ids=lambda w: repr(w)[:20]
)
def test_free_text_has_a_limit_and_no_control_characters(
    tool: str, argument: str, wrong: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True)
    refused(server, use(toolkit, tool, **GOOD[tool], **{argument: wrong}), argument)


@pytest.mark.parametrize(
    "name", [MEGABYTE, "a\nNothing was sent", "\u202eevil", "\x1b[2J", "", " ", "\ud800", "é" * 10**6]
)
def test_a_name_that_the_model_made_up_is_cut_and_shown_as_plain_ascii(
    name: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(), "get_run", run_id=RUN, **{name: 1})
    assert message.status == "error"
    assert len(message.text) < 1000
    assert message.text.isascii()
    assert len(message.text.splitlines()) == 2
    assert server.sent == []


def test_many_wrong_arguments_make_no_longer_a_message(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    message = use(make_toolkit(), "create_run", **{f"made_up_{number}": "MARK" for number in range(10_000)})
    assert len(message.text) < 1000
    assert server.sent == []


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ([{"key": "region", "value": "MARK", "sensitive": True}], "0.sensitive"),
        ([{"key": "region", "value": "x"}, {"key": "region"}], "1.value"),
        ([{"key": "9 MARK", "value": "x"}], "0.key"),
        ([{"key": "a", "value": "x" * 10_001}], "0.value"),
        (["MARK"], "0"),
        ([{"key": "a", "value": "x", MEGABYTE[4:] + "MARK": 1}], "0."),
    ],
)
def test_what_is_wrong_inside_an_argument_is_named_with_its_place(
    variables: Any, place: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(), "create_run", workspace=WORKSPACE, variables=variables)
    assert message.text.startswith(f"Wrong argument. variables: {place}")
    assert len(message.text) < 1000
    assert server.sent == []


@pytest.mark.parametrize("addresses", [["a\nb"], ["\x00"], [""], ["x" * 501], ["x"] * 101, "x", [7], {"a": 1}])
def test_addresses_are_checked(addresses: Any, server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    refused(server, use(make_toolkit(), "create_run", workspace=WORKSPACE, target_addrs=addresses), "target_addrs")


@pytest.mark.parametrize(
    "raw", [None, 7, 1.5, True, [], [RUN], ["x"], (), b"x", "MARK", "", {"run_id": {"run_id": RUN}}]
)
def test_what_is_no_object_is_refused_or_raises_what_langchain_raises(
    raw: Any, server: Server, make_toolkit: MakeToolkit
) -> None:
    tool = tool_of(make_toolkit(), "get_run")
    try:
        said = tool.invoke(raw)
    except (TypeError, ValueError, AttributeError) as error:
        said = f"Nothing was sent {type(error)}"
    assert "Nothing was sent" in said
    assert server.sent == []


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(NAMING),
    st.dictionaries(
        st.text(max_size=20) | st.sampled_from(["run_id", "workspace", "comment", "reason", "self", "config"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=3),
        max_size=4,
    ),
)
def test_no_object_breaks_a_tool(tool: str, raw: dict[str, Any]) -> None:
    server = Server()
    toolkit = TerraformCloudToolkit(token=TOKEN, token_type="user", transport=server)
    wanted = {"type": "tool_call", "id": "call-1", "name": tool, "args": raw}
    message = tool_of(toolkit, tool).invoke(wanted)
    assert len(message.text) < 3000
    assert server.writes == []
    assert "Wrong argument" not in message.text or server.sent == []


# Directories


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder for uploads with a good configuration, a link out of it, and one without a configuration."""
    root = tmp_path / "root"
    for folder in (root / "good", root / "empty", tmp_path / "outside"):
        folder.mkdir(parents=True)
    (root / "good" / "main.tf").write_text("# fine\n")
    (tmp_path / "outside" / "main.tf").write_text("# s3cret\n")
    (root / "empty" / "notes.txt").write_text("none\n")
    (root / "link").symlink_to(tmp_path / "outside")
    return root


@pytest.mark.parametrize(
    "directory",
    ["../outside", "link", "good/../../outside", "/", "/etc", "empty", "good/main.tf", "missing", "", "~", "good\x00"],
)
def test_what_may_not_be_uploaded_is_refused_before_anyone_is_asked_and_changes_nothing(
    directory: str, root: Path, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    asked = list[Any]()
    toolkit = make_toolkit(confirmer=lambda one: asked.append(one) or True, upload_roots=[root])
    toolkit._host.wire.signed_urls.keep(VERSION, "https://archivist.terraform.io/v1/object/x")
    given_ = directory if directory.startswith(("/", "~")) or not directory else f"{root}/{directory}"
    arguments = {"configuration_version_id": VERSION, "directory": given_}
    message = use(toolkit, "upload_configuration_files", **arguments)
    assert message.status == "error"
    assert message.text.startswith("Wrong argument. directory: ")
    assert "s3cret" not in message.text
    assert len(message.text) < 1000
    assert asked == []
    assert server.writes == []


def test_without_upload_roots_no_directory_is_uploaded(
    root: Path, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    arguments = {"configuration_version_id": VERSION, "directory": str(root / "good")}
    message = use(make_toolkit(confirmer=lambda _: True), "upload_configuration_files", **arguments)
    assert "upload_roots" in message.text
    assert server.writes == []


def test_options_that_exclude_each_other_are_refused_before_anyone_is_asked(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    asked = list[Any]()
    toolkit = make_toolkit(confirmer=lambda one: asked.append(one) or True)
    message = use(toolkit, "create_run", workspace=WORKSPACE, is_destroy=True, refresh_only=True)
    assert message.text.startswith("Wrong argument. refresh_only: and is_destroy exclude each other. Give one of them.")
    assert asked == []
    assert server.writes == []


# What is kept of arguments


def test_a_log_keeps_ids_names_numbers_and_flags_and_the_length_of_anything_else() -> None:
    kept = public(
        {
            "run_id": RUN,
            "workspace": "acme/app-staging",
            "organization_name": "acme",
            "page_size": 20,
            "auto_apply": True,
            "comment": "hunter2",
            "name": "AKIAIOSFODNN7EXAMPLE",
            "wildcard_name": "s3cr3t",
            "message": "two words",
            "target_addrs": ["a", "b"],
            "project_id": None,
        }
    )
    assert kept == {
        "run_id": RUN,
        "workspace": "acme/app-staging",
        "organization_name": "acme",
        "page_size": "20",
        "auto_apply": "True",
        "comment": "7 characters",
        "name": "20 characters",
        "wildcard_name": "6 characters",
        "message": "9 characters",
        "target_addrs": "2 items",
    }


@given(
    st.dictionaries(
        st.sampled_from(["comment", "message", "name", "tags", "lock_reason", "value", "directory"]), st.text()
    )
)
def test_no_free_text_is_kept_however_harmless_it_looks(arguments: dict[str, str]) -> None:
    assert public(arguments) == {name: f"{len(text)} characters" for name, text in arguments.items()}


@pytest.mark.parametrize(("tool", "argument"), [(tool, name) for tool, names in FREE_TEXT.items() for name in names])
def test_a_word_in_free_text_is_in_no_row_of_the_audit_log(
    tool: str, argument: str, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True)
    use(toolkit, tool, **GOOD[tool], **{argument: "hunter2"})
    rows: list[AuditRecord] = toolkit.audit.records()
    assert rows
    assert not [row for row in rows if "hunter2" in f"{row} {row.sentence}"]


def test_every_id_and_name_of_the_catalogue_is_kept_whole(make_toolkit: MakeToolkit) -> None:
    del make_toolkit
    endpoint: Endpoint[Any]
    for endpoint in catalog().values():
        good = GOOD[endpoint.name]
        checked, _ = endpoint.validate(good)
        kept = public(checked)
        named = {name: value for name, value in good.items() if name.endswith("_id") or name in NAMES}
        assert {name: kept[name] for name in named} == named


NAMES = {"workspace", "organization_name", "workspace_name"}
