"""One request on its way through: who asks, for what, and the parts of the sandbox that answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from starlette.responses import JSONResponse, Response

from tfc_agent_tools.sandbox.blobs import BlobKind
from tfc_agent_tools.sandbox.bodies import Attributes, Document, parse_document, parse_json
from tfc_agent_tools.sandbox.documents.phases import apply_document, plan_document
from tfc_agent_tools.sandbox.documents.state_versions import state_version_document
from tfc_agent_tools.sandbox.includes import Related, included
from tfc_agent_tools.sandbox.pages import Page, T, paginate
from tfc_agent_tools.sandbox.permissions import Permission, ProjectPermission
from tfc_agent_tools.sandbox.problems import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from starlette.requests import Request

    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.blobs import Blobs
    from tfc_agent_tools.sandbox.models import Apply, Organization, Plan, Project, Run, StateVersion, Workspace
    from tfc_agent_tools.sandbox.runs import Runs
    from tfc_agent_tools.sandbox.world import World

JSON_API = "application/vnd.api+json"
Json = dict[str, Any]


class _HasRun(Protocol):
    @property
    def run_id(self) -> str: ...


OfRun = TypeVar("OfRun", bound=_HasRun)


_STATE_URLS = {
    "hosted-state-download-url": BlobKind.STATE,
    "hosted-json-state-download-url": BlobKind.STATE_JSON,
    "hosted-state-upload-url": BlobKind.STATE_UPLOAD,
    "hosted-json-state-upload-url": BlobKind.STATE_JSON_UPLOAD,
}


def _is_offered(version: StateVersion, kind: BlobKind) -> bool:
    offers = {
        BlobKind.STATE: version.status == "finalized",
        BlobKind.STATE_JSON: version.json_content is not None,
        BlobKind.STATE_UPLOAD: version.status == "pending",
        BlobKind.STATE_JSON_UPLOAD: version.status == "pending" and version.json_content is None,
    }
    return offers[kind]


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the sandbox that answer requests."""

    world: World
    runs: Runs
    blobs: Blobs


@dataclass(frozen=True, slots=True)
class Call:
    """A request with its body read and its token known; handlers run with the world's lock held."""

    services: Services
    request: Request
    principal: Principal
    body: bytes

    @property
    def world(self) -> World:
        """The sandbox's state."""
        return self.services.world

    @property
    def query(self) -> Mapping[str, str]:
        """The query parameters."""
        return self.request.query_params

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def document(self, *types: str) -> Document:
        """Return the body as a JSON:API document of one of some types."""
        return parse_document(self.body, *types)

    def bare(self) -> Attributes:
        """Return the body as a bare object, such as `{"reason": "..."}`."""
        return Attributes(parse_json(self.body), base="")

    def organization(self, name: str) -> Organization:
        """Return an organization that the token belongs to; 404 otherwise."""
        organization = self.world.organizations.get(name)
        if organization is None or name not in self.principal.organizations:
            raise not_found()
        return organization

    def workspace(self, workspace: Workspace | None, permission: Permission) -> Workspace:
        """Return a workspace if it exists and the token has a permission in it; 404 otherwise."""
        if workspace is None or not self.principal.may(permission, workspace):
            raise not_found()
        return workspace

    def workspace_at(self, name: str, permission: Permission) -> Workspace:
        """Return the workspace whose id is in the path."""
        return self.workspace(self.world.workspaces.get(self.path(name)), permission)

    def project(self, project: Project | None, permission: ProjectPermission) -> Project:
        """Return a project if it exists and the token has a permission in it; 404 otherwise.

        Whoever can see a workspace can see its project.
        """
        if project is None:
            raise not_found()
        reads = permission is ProjectPermission.READ
        if not (self.sees_project(project) if reads else self.principal.may_in_project(permission, project)):
            raise not_found()
        return project

    def sees_project(self, project: Project) -> bool:
        """Whether the token can see a project, or a workspace in it."""
        return self.principal.may_in_project(ProjectPermission.READ, project) or any(
            row.project_id == project.id for row in self.visible(self.world.workspaces)
        )

    def run(self, run: Run | None, permission: Permission) -> Run:
        """Return a run if its workspace allows it; 404 otherwise."""
        if run is None:
            raise not_found()
        self.workspace(self.world.workspaces.get(run.workspace_id), permission)
        return run

    def of_run(self, row: OfRun | None) -> OfRun:
        """Return what belongs to a run, if the run's workspace lets the token read runs; 404 otherwise."""
        if row is None:
            raise not_found()
        self.run(self.world.runs.get(row.run_id), Permission.READ)
        return row

    def blob(self, path: str) -> str:
        """Return the absolute URL of a signed path, on the address that the caller used."""
        return str(self.request.base_url).rstrip("/") + path

    def show_plan(self, plan: Plan) -> Json:
        """Return a plan's document, with its log's URL."""
        path = self.services.blobs.standing(BlobKind.PLAN_LOG, plan.id)
        return plan_document(plan, self.blob(path))

    def show_apply(self, apply: Apply) -> Json:
        """Return an apply's document, with its log's URL."""
        path = self.services.blobs.standing(BlobKind.APPLY_LOG, apply.id)
        return apply_document(apply, self.blob(path))

    def show_state_version(self, version: StateVersion) -> Json:
        """Return a state version's document, with the URLs that are good for something."""
        urls = {
            name: self.blob(self.services.blobs.standing(kind, version.id))
            for name, kind in _STATE_URLS.items()
            if _is_offered(version, kind)
        }
        return state_version_document(self.world, version, urls)

    def visible(self, rows: Iterable[Workspace]) -> list[Workspace]:
        """Return the workspaces whose runs the token may read."""
        return [row for row in rows if self.principal.may(Permission.READ, row)]

    def page(
        self,
        rows: Sequence[T],
        show: Callable[[T], Json],
        *,
        totals: bool = True,
        known: Mapping[str, Related[T]] | None = None,
    ) -> Response:
        """Return the page of a list that the query asks for, with the `known` resources that it includes."""
        page: Page[T] = paginate(rows, self.query)
        body = {
            "data": [show(row) for row in page.rows],
            "links": page.links(self.request.url, totals=totals),
            "meta": page.meta(totals=totals),
        }
        beside = included(self, page.rows, known or {})
        return answer(body if beside is None else body | {"included": beside})

    def pages_on_demand(
        self, rows: Sequence[T], show: Callable[[T], Json], *, known: Mapping[str, Related[T]] | None = None
    ) -> Response:
        """Return a whole list, or a page of it where the query asks for one."""
        if "page[number]" in self.query or "page[size]" in self.query:
            return self.page(rows, show, known=known)
        beside = included(self, rows, known or {})
        body: Json = {"data": [show(row) for row in rows]}
        return answer(body if beside is None else body | {"included": beside})


def answer(body: Json, status: int = 200) -> Response:
    """Return a JSON:API response."""
    return JSONResponse(body, status, media_type=JSON_API)


def data(document: Json, status: int = 200, included: Sequence[Json] | None = None) -> Response:
    """Return a response with one resource."""
    body: Json = {"data": document}
    if included is not None:
        body["included"] = list(included)
    return answer(body, status)


def nothing(status: int = 204) -> Response:
    """Return a response without a body."""
    return Response(status_code=status)
