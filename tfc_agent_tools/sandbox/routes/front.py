"""GET /: one page that says what this is and what happens in it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.models import Run, Workspace
    from tfc_agent_tools.sandbox.world import World

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SANDBOX: {organization}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c1e21; background: #fff; }}
.banner {{ background: #fff3c4; border: 2px solid #8a6100; padding: .75rem 1rem; border-radius: 6px; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #d5d8dc; }}
td {{ overflow-wrap: anywhere; }}
code {{ font-family: ui-monospace, monospace; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e8eaed; background: #15181c; }}
  .banner {{ background: #3a2d00; border-color: #d9a400; }}
  th, td {{ border-color: #3a3f45; }}
}}
</style>
</head>
<body>
<p class="banner"><strong>SANDBOX</strong>: a local stand-in for HCP Terraform. Nothing here is real
infrastructure. Engine: {engine}.</p>
<h1>{organization}</h1>
<h2>Workspaces</h2>
<table><thead><tr><th>Name</th><th>Id</th><th>Lock</th><th>Current run</th></tr></thead>
<tbody>{workspaces}</tbody></table>
<h2>Runs</h2>
<table><thead><tr><th>Id</th><th>Workspace</th><th>Status</th><th>Message</th></tr></thead>
<tbody>{runs}</tbody></table>
</body>
</html>
"""
_SHOWN = 50


def front_page(world: World, engine: str) -> Response:
    """Return the page: workspaces, and the newest 50 runs."""
    runs = list(world.runs)[::-1][:_SHOWN]
    page = _PAGE.format(
        organization=escape(", ".join(world.organizations)),
        engine=escape(engine),
        workspaces="".join(_workspace(world, row) for row in world.workspaces),
        runs="".join(_run(world, run) for run in runs) or '<tr><td colspan="4">No runs yet.</td></tr>',
    )
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return HTMLResponse(page, headers=headers)


def _workspace(world: World, row: Workspace) -> str:
    holder = row.locked_by
    lock = f"locked by {holder.id}" if holder else "unlocked"
    run = world.runs.get(row.current_run_id)
    return _row(row.name, row.id, lock, run.status.value if run else "none")


def _run(world: World, run: Run) -> str:
    return _row(run.id, world.workspaces[run.workspace_id].name, run.status.value, run.options.message)


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"
