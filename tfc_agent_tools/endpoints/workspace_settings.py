"""The settings of a workspace: from the arguments of its endpoints to a body, and what they do.

An argument is the documented attribute with `_` for `-`. So that three tools with all settings stay small in a model's
context, what is true or false stands together in `switches`, and what belongs to a repository in `vcs`, under the
documented names; each key is checked like an argument.

Left out: `operations` (deprecated, `execution-mode` says it), `source-name` and `source-url` (only a label),
`setting-overwrites` (it only goes back to what the organization has; name that value instead), of `vcs-repo` the
`github-app-installation-id` (belongs to one person; team and organization tokens are refused it) and
`ingress-submodules` (only for repositories with submodules), `trigger-prefixes` (`trigger-patterns` can say the same).
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from tfc_agent_tools.endpoint import document, exclusive
from tfc_agent_tools.endpoints.pools import fits
from tfc_agent_tools.endpoints.previews.words import differences, shown
from tfc_agent_tools.endpoints.previews.workspaces import workspace_label
from tfc_agent_tools.endpoints.tags import tagged, tagged_changes, tags_now
from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.facts import Preview, Resource
from tfc_agent_tools.request import Json, Request
from tfc_agent_tools.types import NOT_GIVEN, Impact, OneLine, PlainText

RepositoryPath = Annotated[str, Field(max_length=1000), PlainText, OneLine]
Version = Annotated[
    str, Field(pattern=r"^(latest|[~<>=! ]{0,3}[0-9][0-9A-Za-z.,+~<>=! -]{0,60})$", examples=["1.11.4", "~> 1.11.0"])
]
Switch = Literal[
    "auto-apply",
    "auto-apply-run-trigger",
    "allow-destroy-plan",
    "assessments-enabled",
    "file-triggers-enabled",
    "global-remote-state",
    "queue-all-runs",
    "speculative-enabled",
]
VcsKey = Literal[
    "identifier",
    "branch",
    "oauth-token-id",
    "tags-regex",
    "trigger-patterns",
]
_TRIGGERS: Final = "trigger-patterns"


def _repository(vcs: dict[str, Any]) -> dict[str, Any]:
    for key, value in vcs.items():
        if value is not None and isinstance(value, list) is not (key == _TRIGGERS):
            msg = f"{key} takes {'a list of texts' if key == _TRIGGERS else 'a text'}"
            raise ValueError(msg)
    if not str(vcs.get("oauth-token-id") or "ot-").startswith("ot-"):
        msg = "oauth-token-id looks like ot-hmAyP66qk2AMVdbJ"
        raise ValueError(msg)
    if vcs.get(_TRIGGERS) and vcs.get("tags-regex"):
        msg = "trigger-patterns and tags-regex exclude each other"
        raise ValueError(msg)
    return vcs


Switches = dict[Switch, bool]
Vcs = Annotated[
    dict[VcsKey, RepositoryPath | Annotated[list[RepositoryPath], Field(max_length=100)] | None],
    AfterValidator(_repository),
    Field(description="trigger-patterns is a list"),
]

_PLACE: Final = frozenset({"workspace", "organization_name", "workspace_name"})
_ELSEWHERE: Final = _PLACE | {"project_id", "tags", "switches", "vcs"}
_WRITTEN: Final = frozenset(
    {"description", "working-directory", _TRIGGERS, "vcs-repo.identifier", "vcs-repo.branch", "vcs-repo.tags-regex"}
)
"""What people outside wrote, and may have written anything into."""


def _each(names: tuple[str, ...], *impacts: Impact) -> dict[str, frozenset[Impact]]:
    return dict.fromkeys(names, frozenset(impacts))


_ON: Final = {
    **_each(("auto-apply", "auto-apply-run-trigger"), Impact.APPLIES, Impact.WEAKENS_CONTROL),
    **_each(("allow-destroy-plan",), Impact.WEAKENS_CONTROL),
    **_each(("global-remote-state",), Impact.REVEALS),
    **_each(("queue-all-runs", "speculative-enabled", "assessments-enabled"), Impact.RUNS_CODE),
    **_each(("auto-destroy-at", "auto-destroy-activity-duration"), Impact.DESTROYS, Impact.APPLIES),
}
"""What a setting does when it is true or holds something."""
_OFF: Final = _each(("assessments-enabled",), Impact.WEAKENS_CONTROL)
_EITHER_WAY: Final = {
    **_each(("vcs-repo",), Impact.RUNS_CODE, Impact.WEAKENS_CONTROL),
    **_each(("execution-mode", "agent-pool-id"), Impact.WEAKENS_CONTROL),
    **_each(("file-triggers-enabled", _TRIGGERS), Impact.RUNS_CODE),
}
_WHERE_ONE_STANDS: Final = {
    **_each(("name",), Impact.WEAKENS_CONTROL),  # policies go by names
    **_each(("working-directory", "terraform-version"), Impact.RUNS_CODE),
}
"""What changing it does to a workspace that is there already."""
_STARTS_RUNS: Final = frozenset({"vcs-repo", "file-triggers-enabled", _TRIGGERS})


def created(arguments: dict[str, Any]) -> Json:
    """The body of a new workspace. Its state is closed to others unless asked, whatever the server's default."""
    given = {name: value for name, value in arguments.items() if value is not None}
    _check(given)
    settings: dict[str, Any] = {"global-remote-state": False, **_settings(given)}
    if "vcs-repo" in settings and not {"identifier", "oauth-token-id"} <= settings["vcs-repo"].keys():
        raise ArgumentError("vcs", "needs identifier and oauth-token-id to connect a repository.", "Give both.")
    body = document("workspaces", settings, project=("projects", given.get("project_id")))
    return tagged(body, given.get("tags"))


def changed(arguments: dict[str, Any]) -> Json:
    """The body that changes what was given."""
    _check(arguments)
    offered = dict.fromkeys((name for name in arguments if name not in _PLACE), NOT_GIVEN)  # what an error names
    settings = offered | _settings({name: value for name, value in arguments.items() if value is not NOT_GIVEN})
    return tagged_changes("workspaces", settings, arguments["tags"], project=("projects", arguments["project_id"]))


def impacts_of(request: Request) -> frozenset[Impact]:
    """What the settings in a body do. Tags and the project decide about permissions, variables and policies."""
    data, is_new, none = request.body["data"], request.method == "POST", frozenset[Impact]()
    found = frozenset({Impact.WEAKENS_CONTROL}) if "relationships" in data else none
    for name, value in data["attributes"].items():
        found |= _EITHER_WAY.get(name, none) | (_ON if value else _OFF).get(name, none)
        found |= none if is_new else _WHERE_ONE_STANDS.get(name, none)
    return found


def new_workspace(project: Resource, arguments: dict[str, Any]) -> Preview:
    """What the new workspace will do by itself."""
    given = {name: value for name, value in arguments.items() if value is not None}
    switches = given.get("switches", {})
    return Preview(
        workspace=f"{given['organization_name']}/{given['name']} (new)",
        facts={
            **{name: shown(value) for name, value in _flat(given).items() if name not in {"name", "description"}},
            "project": given.get("project_id", "the default project"),
            "tags": ", ".join(given.get("tags", ())) or None,
            "applies by itself": any(switches.get(name) for name in ("auto-apply", "auto-apply-run-trigger")),
            "its state is open to the organization": switches.get("global-remote-state", False),
        },
        quoted={"name of the project": project.text("name")},
    )


def changed_workspace(workspace: Resource, own_tags: Resource, project: Resource, arguments: dict[str, Any]) -> Preview:
    """Each setting that changes, as it is and as it will be."""
    new = _flat(arguments)
    facts, quoted = differences(workspace, new, _WRITTEN, {"agent-pool-id": "agent-pool"})
    applies = new.get("auto-apply", workspace.get("auto-apply"))
    if chosen := arguments.get("project_id"):
        facts["project"] = f"{workspace.related_id('project')} → {chosen}"
        quoted["name of the new project"] = project.text("name")
    if "tags" in arguments:
        facts["tags"] = f"all of its own are replaced by {shown(arguments['tags'])}"
        quoted["tags now"] = tags_now(workspace, own_tags)
    starts = not _STARTS_RUNS.isdisjoint(name.partition(".")[0] for name in new)
    return Preview(
        workspace=workspace_label(workspace),
        facts={**facts, "applies by itself": applies, "resources it manages": workspace.get("resource-count")},
        quoted=quoted,
        impacts=frozenset({Impact.APPLIES}) if starts and applies is not False else frozenset(),
    )


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    """The attributes of what was given, as the API names them."""
    settings = {_attribute(name): value for name, value in given.items() if name not in _ELSEWHERE}
    settings |= given.get("switches") or {}
    if "vcs" not in given:
        return settings
    vcs = given["vcs"]
    if vcs is None:
        return {**settings, "vcs-repo": None}
    repository = {key: value for key, value in vcs.items() if key != _TRIGGERS}
    triggers = {key: value for key, value in vcs.items() if key == _TRIGGERS}
    return {**settings, **triggers, **({"vcs-repo": repository} if repository else {})}


def _flat(given: dict[str, Any]) -> dict[str, Any]:
    """The same with one name for each value: `vcs-repo.branch`."""
    settings = _settings(given)
    repository = settings.pop("vcs-repo", {})
    if repository is None:
        return {**settings, "vcs-repo.identifier": None}
    return {**settings, **{f"vcs-repo.{key}": value for key, value in repository.items()}}


def _attribute(argument: str) -> str:
    return "name" if argument == "new_name" else argument.replace("_", "-")


def _check(arguments: dict[str, Any]) -> None:
    given = {name for name, value in arguments.items() if value is not NOT_GIVEN and value}
    exclusive(**{name: name in given for name in ("auto_destroy_at", "auto_destroy_activity_duration")})
    fits(mode=arguments.get("execution_mode"), pool=arguments.get("agent_pool_id"))
