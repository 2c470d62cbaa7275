from __future__ import annotations

import json

from tfc_agent_tools.evaluation.log_lines import steady


def line(kind: str, *, address: str | None = None, at: str = "15:43:40.207427", said: str = "") -> str:
    told = {"hook": {"resource": {"addr": address}, "elapsed_seconds": 1}} if address else {}
    fixed = {"@message": said, "@module": "terraform.ui", "@timestamp": f"2026-11-24T{at}Z"}
    return json.dumps(fixed | told | {"type": kind}, separators=(",", ":"))


def log(*lines: str) -> str:
    return "\n".join(["\x02on linux", line("version"), *lines, line("change_summary", said="Apply complete!"), "\x03"])


def test_a_log_does_not_tell_which_resource_was_quicker_nor_when() -> None:
    a, b = line("apply_complete", address="a"), line("apply_complete", address="b", at="16:00:00.000000")
    assert steady(log(a, b)) == steady(log(b, a))
    assert "15:43" not in steady(log(a, b))


def test_what_happens_to_one_resource_stays_in_order() -> None:
    told = steady(log(*(line(kind, address="a") for kind in ("apply_start", "apply_progress", "apply_complete"))))
    assert [json.loads(one)["type"] for one in told.split("\n")[2:5]] == [
        "apply_start",
        "apply_progress",
        "apply_complete",
    ]


def test_an_error_stays_between_what_came_before_and_after_it() -> None:
    error = line("diagnostic", said="Error: no")
    told = steady(log(line("apply_start", address="b"), error, line("apply_start", address="a")))
    assert [json.loads(one)["type"] for one in told.split("\n")[2:5]] == ["apply_start", "diagnostic", "apply_start"]
    assert told.index('"addr":"b"') < told.index('"addr":"a"')


def test_an_id_that_a_provider_drew_has_one_name_in_the_whole_log() -> None:
    drawn = "55eddf2e-a1f4-88d2-9b19-ead059703bc9"
    told = steady(log(line("apply_complete", address="a", said=f"complete after 3s [id={drawn}] {drawn}")))
    assert drawn not in told
    assert told.count("00000000-0000-0000-0000-000000000001") == 2
    assert "after 0s" in told


def test_a_log_keeps_its_length() -> None:
    text = log(line("apply_complete", address="a", said="after 3s [id=55eddf2e-a1f4-88d2-9b19-ead059703bc9]"))
    assert len(steady(text)) == len(text)


def test_text_that_is_not_terraforms_stays() -> None:
    text = "Terraform v1.11.4\n[1, 2]\n{\n{}"
    assert steady(text) == text
