"""A server that tells a scenario as HCP Terraform does: plans behind signed URLs, logs between STX and ETX, documents.

Each document of the API repeats the toolkit's own token and a secret that the host resolved, as a buggy server may.
"""

from __future__ import annotations

import json
from typing import Any

import httpx

from support.scenarios import DEFAULT, KEY, NUMBER, RESOLVED, VARIABLE, Scenario
from support.server import PLAN, RUN, TOKEN, VERSION, WORKSPACE, Answer, Server, document, fails, says
from tfc_agent_tools.present.plan import Tier

APPLY = "apply-eeeeeeeeeeeeeeee"
STORE = "https://archivist.terraform.io/v1/object/"
SIGNED = {name: f"s1gned-{name}-0bject" for name in ("plan", "redacted", "plan-log", "apply-log", "state")}
"""The secret part of each signed URL."""
ECHO = f"it says {TOKEN} and {RESOLVED}"
TIERS = list(Tier)
OUTPUTS = {"text": VARIABLE, "key": KEY, "number": NUMBER, "default": DEFAULT, "plain": ECHO}
"""Name → value of each output; all but the plain one are sensitive."""
STATES = {"sv-1": {"aws_vpc.main": 1, "aws_instance.web": 2}, "sv-2": {"aws_instance.web": 3, "aws_db_instance.db": 1}}


class Telling(Server):
    """Keeps what it answered, too, each answer once."""

    def __init__(self) -> None:
        super().__init__()
        self.exchanges: list[dict[str, Any]] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        response = super()._answer(request)
        exchange = _exchange(request, response)
        if exchange not in self.exchanges:
            self.exchanges.append(exchange)
        return response

    def tell(
        self, scenario: Scenario, best: Tier = Tier.FULL, *, structured: bool = True, failed: str | None = None
    ) -> None:
        """Answer from a scenario.

        Args:
            scenario: The plan and its logs.
            best: The best source of the plan that the token may read.
            structured: Whether the workspace has structured run output.
            failed: The phase that ended in an error.
        """
        add, change, destroy = scenario.counts
        counts = {"resource-additions": add, "resource-changes": change, "resource-destructions": destroy}
        log = scenario.structured_log if structured else scenario.plain_log
        statuses = {phase: "errored" if phase == failed else "finished" for phase in ("plan", "apply")}
        self.run |= {
            "status": "errored" if failed else "planned",
            "message": ECHO,
            "created-at": "2026-11-24T02:20:00Z",
        }
        self.workspace |= {"description": ECHO}
        self.plan |= {**counts, "resource-imports": 0, "status": statuses["plan"], "log-read-url": _url("plan-log")}
        apply = {**counts, "status": statuses["apply"], "log-read-url": _url("apply-log"), "note": ECHO}
        self.answers = {
            f"GET /plans/{PLAN}/json-output|GET /runs/{RUN}/plan/json-output": _behind("plan", best is Tier.FULL),
            f"GET /plans/{PLAN}/json-output-redacted": _behind("redacted", best in {Tier.FULL, Tier.REDACTED}),
            f"GET {_path('plan')}": sends(scenario.content),
            f"GET {_path('redacted')}": sends(scenario.redacted),
            f"GET {_path('plan-log')}": sends(marked(log)) if best is not Tier.COUNTS else fails(403),
            f"GET {_path('apply-log')}": sends(marked(scenario.apply_log(structured=structured))),
            f"GET /applies/{APPLY}": says(document("applies", APPLY, apply)),
            f"GET /runs/{RUN}": says(self._run()),
            **_documents(),
        }

    def _run(self) -> dict[str, Any]:
        body = document(
            "runs",
            RUN,
            self.run,
            plan=("plans", PLAN),
            apply=("applies", APPLY),
            workspace=("workspaces", WORKSPACE),
            configuration_version=("configuration-versions", VERSION),
            created_by=("users", "user-1"),
        )
        user = document("users", "user-1", {"username": "ana", "note": ECHO})["data"]
        return {**body, "included": [user]}


def marked(log: str) -> bytes:
    """A log as it is served once it is complete."""
    return b"\x02" + log.encode() + b"\x03"


def sends(content: bytes) -> Answer:
    """An answer of these bytes."""
    return lambda _: httpx.Response(200, content=content)


def _path(name: str) -> str:
    return f"/v1/object/{SIGNED[name]}"


def _url(name: str) -> str:
    return f"{STORE}{SIGNED[name]}"


def _behind(name: str, readable: bool) -> Answer:
    redirect = httpx.Response(307, headers={"location": _url(name)})
    return (lambda _: redirect) if readable else says({"errors": [{"status": "404", "detail": ECHO}]}, 404)


def _documents() -> dict[str, Answer]:
    commit = {"commit-sha": "1e1c1018d1bb", "branch": "main", "commit-message": ECHO, "sender-username": ECHO}
    check = {"status": "hard_failed", "result": {"hard-failed": 1, "note": ECHO}}
    task = {"status": "failed", "message": ECHO, "task-name": ECHO, "workspace-task-enforcement-level": "mandatory"}
    stage = document("task-stages", "ts-1", {"status": "failed"})["data"]
    stages = {"data": [stage], "included": [document("task-results", "taskrs-1", task)["data"]]}
    variable = {"key": "db", "category": "terraform", "sensitive": True, "hcl": False, "description": ECHO}
    account = document("users", "user-1", {"username": "ana", "note": ECHO}, authenticated_resource=("users", "user-1"))
    organization = document("organizations", "acme", {"email": ECHO, "permissions": {"can-update": True}})["data"]
    return {
        f"GET /configuration-versions/{VERSION}/ingress-attributes": says(
            document("ingress-attributes", "ia-1", commit)
        ),
        f"GET /runs/{RUN}/policy-checks": says({"data": [document("policy-checks", "polchk-1", check)["data"]]}),
        f"GET /runs/{RUN}/task-stages": says(stages),
        f"GET /workspaces/{WORKSPACE}/vars": says({"data": []}),
        f"POST /workspaces/{WORKSPACE}/vars": says(document("vars", "var-1", {**variable, "value": RESOLVED}), 201),
        f"GET /workspaces/{WORKSPACE}/current-state-version-outputs": says({"data": _outputs()}),
        "GET /account/details": says(account),
        "GET /organizations": says({"data": [organization]}),
        **{f"GET /state-versions/{name}": says(_state(name)) for name in STATES},
    }


def _outputs() -> list[dict[str, Any]]:
    rows = [
        {"name": name, "type": "string", "sensitive": name != "plain", "value": value}
        for name, value in OUTPUTS.items()
    ]
    return [document("state-version-outputs", f"wsout-{n}", row)["data"] for n, row in enumerate(rows)]


def _state(name: str) -> dict[str, Any]:
    rows = [dict(zip(("type", "name"), one.split("."), strict=True)) | {"count": n} for one, n in STATES[name].items()]
    facts = {"serial": int(name[-1]), "resources-processed": True, "resources": rows, "note": ECHO}
    return document(
        "state-versions", name, {**facts, "hosted-state-download-url": _url("state"), "vcs-commit-url": ECHO}
    )


def _exchange(request: httpx.Request, response: httpx.Response) -> dict[str, Any]:
    """As vcrpy keeps it."""
    return {
        "request": {
            "method": request.method,
            "uri": str(request.url),
            "headers": {name: [value] for name, value in request.headers.items()},
            "body": request.content.decode() or None,
        },
        "response": {
            "status": {"code": response.status_code, "message": "OK"},
            "headers": {name: [value] for name, value in response.headers.items()},
            "body": {"string": response.content.decode(errors="surrogateescape")},
        },
    }


def written(exchanges: list[dict[str, Any]]) -> str:
    """The exchanges as a cassette holds them."""
    from tfc_agent_tools.evaluation.scrub import canonical

    address = "https://app.terraform.io"
    return json.dumps(canonical(exchanges, address=address, token=TOKEN), ensure_ascii=False)
