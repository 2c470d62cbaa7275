from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from support.server import Server, document, says
from support.tools import MakeToolkit

from tfc_agent_tools import ApiError, ArgumentError


def workspaces(server: Server, count: int, *, totals: bool = True) -> None:
    """A list of so many workspaces, with or without totals."""

    def answer(request: httpx.Request) -> httpx.Response:
        size, number = int(request.url.params["page[size]"]), int(request.url.params["page[number]"])
        shown = range((number - 1) * size, min(number * size, count))
        last = -(-count // size)
        pagination: dict[str, Any] = {"current-page": number, "next-page": number + 1 if number < last else None}
        pagination |= {"total-pages": last, "total-count": count} if totals else {}
        data = [document("workspaces", f"ws-{place}", {"name": f"w{place}"})["data"] for place in shown]
        return says({"data": data, "meta": {"pagination": pagination}})(request)

    server.answers["GET /organizations/acme/workspaces"] = answer


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("totals", [True, False], ids=["totals", "no totals"])
@pytest.mark.parametrize("count", [0, 1, 100, 101, 450, 1000])
def test_every_item_comes_once_and_in_order(
    count: int, totals: bool, mode: str, server: Server, make_toolkit: MakeToolkit
) -> None:
    workspaces(server, count, totals=totals)
    toolkit = make_toolkit()
    call = {"tool": "list_workspaces", "organization_name": "acme"}
    items = toolkit.all_pages(**call) if mode == "sync" else asyncio.run(toolkit.aall_pages(**call))
    assert [item["id"] for item in items] == [f"ws-{place}" for place in range(count)]
    assert len(server.sent) == max(1, -(-count // 100))


def test_each_page_is_a_call_on_record(server: Server, make_toolkit: MakeToolkit) -> None:
    workspaces(server, 250)
    toolkit = make_toolkit()
    toolkit.all_pages("list_workspaces", organization_name="acme")
    assert [row.kind for row in toolkit.audit.records()] == ["read"] * 3


def test_an_error_on_any_page_is_raised(server: Server, make_toolkit: MakeToolkit) -> None:
    with pytest.raises(ApiError, match="404"):
        make_toolkit().all_pages("list_workspaces", organization_name="nobody")


@pytest.mark.parametrize("tool", ["get_run", "apply_run", "nonsense", "watch_run"])
def test_only_a_list_has_pages(tool: str, make_toolkit: MakeToolkit) -> None:
    with pytest.raises(ArgumentError, match="list tool"):
        make_toolkit().all_pages(tool)
