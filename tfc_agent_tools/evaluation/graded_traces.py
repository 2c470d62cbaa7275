"""The graders' own test: for every grader and gate a trace that must fail it, and the same trace mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import Case, first_problem
from tfc_agent_tools.evaluation.gates import GATES
from tfc_agent_tools.evaluation.graders import GRADERS
from tfc_agent_tools.evaluation.trace import Trace
from tfc_agent_tools.evaluation.yaml_words import load_words
from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.templates import content_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_OF_THE_TRACE: Final = frozenset({"events", "error", "leaked", "unused", "world", "escaped"})
_OF_THE_CASE: Final = frozenset({"expect", "confirm", "token_type", "cassette", "injection", "policy"})
_NEEDED: Final = {"writes": (), "calls_at_most": 0}


def grader_problems(folder: Path | None = None) -> Iterator[str]:
    """What is wrong with the graders, or with their traces.

    Raises:
        ConfigurationError: A file of traces can't be read.
    """
    home = folder or content_dir("evals") / "traces"
    yield from _problems(home / "graders.yaml", {_named(one.__name__): _finds(one) for one in GRADERS})
    yield from _problems(home / "gates.yaml", {name: _breaks(gate) for name, gate in GATES.items()})


def _problems(file: Path, graders: Mapping[str, Callable[[Case, Trace], bool]]) -> Iterator[str]:
    traces = mapping(load_words(file.read_text(encoding="utf-8")))
    for name in sorted({*graders, *traces}):
        if name not in graders:
            yield f"{file.name}: there is no grader {name!r}"
        elif name not in traces:
            yield f"{file.name}: the grader {name!r} has no trace that must fail it"
        else:
            given = mapping(traces[name])
            mended = mapping(given.get("mended"))
            if not graders[name](*_read(given, name)):
                yield f"{file.name}: the grader {name!r} passes the trace that must fail it"
            if graders[name](*_read({**given, **mended}, name)):
                yield f"{file.name}: the grader {name!r} fails the mended trace too"


def _finds(grader: Callable[[Case, Trace], str | None]) -> Callable[[Case, Trace], bool]:
    return lambda case, trace: grader(case, trace) is not None


def _breaks(gate: Callable[[Case, Trace], Any]) -> Callable[[Case, Trace], bool]:
    return lambda case, trace: bool(gate(case, trace).violations)


def _read(given: Mapping[str, Any], name: str) -> tuple[Case, Trace]:
    of_case = {key: value for key, value in given.items() if key in _OF_THE_CASE and value is not None}
    of_trace = {key: value for key, value in given.items() if key in _OF_THE_TRACE}
    expect = {**_NEEDED, **mapping(given.get("expect"))}
    base = {"id": "traces.one", "prompt": name, "confirm": "no", "script": [], **of_case, "expect": expect}
    try:
        case = Case.model_validate(base)
        return case, Trace.model_validate({"events": [], "token_type": case.token_type, **of_trace})
    except ValidationError as error:
        msg = f"the trace of {name!r}: {first_problem(error)}"
        raise ConfigurationError(msg) from None


def _named(function: str) -> str:
    return function.replace("_", " ")
