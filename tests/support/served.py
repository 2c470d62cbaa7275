"""A server that tells a scenario as HCP Terraform does: documents, plans behind signed URLs, logs from STX to ETX."""

from __future__ import annotations

import json
from typing import Any

import httpx

from support.leaks import encoded
from support.scenarios import DEFAULT, KEY, NUMBER, RESOLVED, VARIABLE, Scenario
from support.server import ADDRESS, PLAN, RUN, TOKEN, VERSION, WORKSPACE, Answer, Server, document, fails, says
from tfc_agent_tools.evaluation.scrub import canonical
from tfc_agent_tools.present.plan import Tier

APPLY = "apply-eeeeeeeeeeeeeeee"
STORE = "https://archivist.terraform.io/v1/object/"
SIGNED = {name: f"s1gned-{name}-0bject" for name in ("plan", "redacted", "plan-log", "apply-log", "state")}
"""The secret part of each signed URL."""
ECHO = "\n".join([f"it says {TOKEN} and {RESOLVED}", *encoded(RESOLVED), *encoded(TOKEN)])
"""What the toolkit itself was given, as a server with a bug may repeat it."""
TIERS = list(Tier)
STATES = {"sv-1": {"aws_vpc.main": 1, "aws_instance.web": 2}, "sv-2": {"aws_instance.web": 3, "aws_db_instance.db": 1}}
OUTPUTS = {"text": VARIABLE, "key": KEY, "number": NUMBER, "default": DEFAULT, "plain": "in the clear"}
"""Name → value of each output; all but the plain one are sensitive."""


class Telling(Server):
    """Keeps what it answered, too, each answer once."""

    def __init__(self) -> None:
        super().__init__()
        self.echo = ECHO
        """What stands in every document wherever people or providers can write something."""
        self.exchanges: list[dict[str, Any]] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        response = super()._answer(request)
        if response.is_closed:  # any other is made to be read once
            exchange = _exchange(request, response)
            self.exchanges += [exchange] if exchange not in self.exchanges else []
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
        log = scenario.structured_log if structured else scenario.plain_log
        self._note(scenario, failed)
        self.answers = {
            f"GET /plans/{PLAN}/json-output|GET /runs/{RUN}/plan/json-output": self._behind("plan", best is Tier.FULL),
            f"GET /plans/{PLAN}/json-output-redacted": self._behind("redacted", best in {Tier.FULL, Tier.REDACTED}),
            f"GET {path_of('plan')}": sends(scenario.content),
            f"GET {path_of('redacted')}": sends(scenario.redacted),
            f"GET {path_of('plan-log')}": sends(marked(log)) if best is not Tier.COUNTS else fails(403),
            f"GET {path_of('apply-log')}": sends(marked(scenario.apply_log(structured=structured))),
            **self._of_the_run(),
            **self._of_the_workspace(),
        }

    def _note(self, scenario: Scenario, failed: str | None) -> None:
        statuses = {phase: "errored" if phase == failed else "finished" for phase in ("plan", "apply")}
        counted = ("resource-additions", "resource-changes", "resource-destructions")
        counts = dict(zip(counted, scenario.counts, strict=True)) | {"resource-imports": 0}
        self.plan |= {**counts, "status": statuses["plan"], "log-read-url": url_of("plan-log"), "note": self.echo}
        self.apply = {**counts, "status": statuses["apply"], "log-read-url": url_of("apply-log"), "note": self.echo}
        self.run |= {"status": "errored" if failed else "planned", "message": self.echo, "source": self.echo}
        self.workspace |= {"description": self.echo}

    def _of_the_run(self) -> dict[str, Answer]:
        related = {"plan": ("plans", PLAN), "apply": ("applies", APPLY), "workspace": ("workspaces", WORKSPACE)}
        related |= {"configuration_version": ("configuration-versions", VERSION), "created_by": ("users", "user-1")}
        run, user = document("runs", RUN, self.run, **related), document("users", "user-1", {"username": "ana"})
        commit = {"commit-sha": "1e1c1018d1bb", "branch": "main"}
        commit |= {"commit-message": self.echo, "sender-username": self.echo}
        check = {"status": "hard_failed", "result": {"hard-failed": 1, "note": self.echo}}
        task = {"status": "failed", "workspace-task-enforcement-level": "mandatory"}
        task |= {"message": self.echo, "task-name": self.echo}
        evaluation = {"result-count": {"mandatory-failed": 1}}
        outcome = {"policy-set-name": self.echo, "error": self.echo, "outcomes": [_policy(self.echo)]}
        stages = {
            "data": [document("task-stages", "ts-1", {"status": "failed"})["data"]],
            "included": [
                document("task-results", "taskrs-1", task)["data"],
                document("policy-evaluations", "poleval-1", evaluation)["data"],
            ],
        }
        return {
            f"GET /runs/{RUN}": says({**run, "included": [user["data"]]}),
            f"GET /applies/{APPLY}": says(document("applies", APPLY, self.apply)),
            f"GET /configuration-versions/{VERSION}/ingress-attributes": says(
                document("ingress-attributes", "ia-1", commit)
            ),
            f"GET /runs/{RUN}/policy-checks": _lists("policy-checks", polchk=[check]),
            f"GET /runs/{RUN}/task-stages": says(stages),
            "GET /policy-evaluations/poleval-1/policy-set-outcomes": _lists("policy-set-outcomes", psout=[outcome]),
        }

    def _of_the_workspace(self) -> dict[str, Answer]:
        variable = {"key": "db", "category": "terraform", "sensitive": True, "description": self.echo}
        made = document("vars", "var-1", {**variable, "value": RESOLVED})
        account = {"username": "ana", "is-service-account": False, "note": self.echo}
        organization = document("organizations", "acme", {"email": self.echo, "permissions": {"can-update": True}})
        outputs = [_output(name, value) for name, value in OUTPUTS.items()]
        outputs.append({"name": self.echo, "type": self.echo, "sensitive": False, "value": self.echo})
        return {
            f"GET /workspaces/{WORKSPACE}/vars": says({"data": []}),
            f"POST /workspaces/{WORKSPACE}/vars": says(made, 201),
            f"GET /workspaces/{WORKSPACE}/run-triggers": _lists("run-triggers", rt=[{"workspace-name": self.echo}]),
            f"GET /workspaces/{WORKSPACE}/current-state-version-outputs": _lists("state-version-outputs", out=outputs),
            "GET /account/details": says(
                document("users", "user-1", account, authenticated_resource=("users", "user-1"))
            ),
            "GET /organizations": says({"data": [organization["data"]]}),
            "GET /organizations/acme": says({"errors": [{"status": "422", "title": "no", "detail": self.echo}]}, 422),
            **{f"GET /state-versions/{name}": says(self._state(name)) for name in STATES},
        }

    def _state(self, name: str) -> dict[str, Any]:
        rows: list[dict[str, Any]] = []
        for address, number in STATES[name].items():
            kind, _, block = address.partition(".")
            rows.append({"type": kind, "name": block, "count": number})
        rows.append({"type": self.echo, "name": self.echo, "module": self.echo, "count": int(name[-1])})
        facts = {"serial": int(name[-1]), "resources-processed": True, "resources": rows, "status": self.echo}
        return document("state-versions", name, {**facts, "hosted-state-download-url": url_of("state")})

    def _behind(self, name: str, readable: bool) -> Answer:
        redirect = httpx.Response(307, headers={"location": url_of(name)})
        return (lambda _: redirect) if readable else says({"errors": [{"status": "404", "detail": self.echo}]}, 404)


def marked(log: str) -> bytes:
    """A log as it is served once it is complete."""
    return b"\x02" + log.encode() + b"\x03"


def sends(content: bytes) -> Answer:
    """An answer of these bytes."""
    return lambda _: httpx.Response(200, content=content)


def path_of(name: str) -> str:
    """The path of a signed URL."""
    return f"/v1/object/{SIGNED[name]}"


def url_of(name: str) -> str:
    """A signed URL."""
    return f"{STORE}{SIGNED[name]}"


def written(exchanges: list[dict[str, Any]]) -> str:
    """The exchanges as a cassette holds them."""
    return json.dumps(canonical(exchanges, address=ADDRESS, token=TOKEN), ensure_ascii=False)


def _policy(said: str) -> dict[str, Any]:
    return {"status": "failed", "policy_name": said, "enforcement_level": "mandatory", "description": said}


def _output(name: str, value: object) -> dict[str, Any]:
    return {"name": name, "type": "string", "sensitive": name != "plain", "value": value}


def _lists(kind: str, **each: list[dict[str, Any]]) -> Answer:
    rows = [document(kind, f"{id_}-{n}", one) for id_, attributes in each.items() for n, one in enumerate(attributes)]
    return says({"data": [row["data"] for row in rows]})


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
