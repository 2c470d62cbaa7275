"""Where a configuration may lie: under a folder that the host opened, and nowhere else."""

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tfc_agent_tools.errors import ArgumentError

_LONGEST = 100
_FOLDER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def readable(path: str) -> Generator[None]:
    """Turns what the system says about a path into an error that names it."""
    try:
        yield
    except OSError as error:
        problem = f"{shown(path)} can't be read: {error.strerror}."
        raise ArgumentError("directory", problem, "Give a folder whose files this process may read.") from error


def shown(path: str) -> str:
    """A path for a message, with nothing in it that a terminal or a model could take for more than a name."""
    cut = path if len(path) <= _LONGEST else f"{path[:_LONGEST]}…"
    return repr(cut) if cut.isprintable() else ascii(cut)


@contextmanager
def opened(directory: str, roots: Sequence[Path]) -> Generator[tuple[str, int]]:
    """The real path of a directory and a descriptor of it, reached from its root without following a link.

    Raises:
        ArgumentError: It lies under no root (said before anything is looked at), or is not a folder.
    """
    root, place = _located(directory, roots)
    with readable(directory):
        descriptor = os.open(root, os.O_RDONLY | _FOLDER)
    try:
        for part in place.relative_to(root).parts:
            with readable(directory):
                inner = os.open(part, os.O_RDONLY | _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield str(place), descriptor
    finally:
        os.close(descriptor)


def _located(directory: str, roots: Sequence[Path]) -> tuple[Path, Path]:
    if os.open not in os.supports_dir_fd:
        raise ArgumentError("directory", "can't be packed safely on this system.", "Use Linux or macOS.")
    if not roots:
        problem = "no folder is open for uploads."
        raise ArgumentError("directory", problem, "The host must name the folders: `upload_roots=(Path(...),)`.")
    if not directory or not directory.isprintable():
        raise ArgumentError("directory", f"{shown(directory)} is not a path.", "Give the path of a folder.")
    real = [Path(os.path.realpath(root)) for root in roots]
    # A relative path starts where this process runs, or else at a folder that is open: an agent knows only the latter.
    for start in (Path(), *real):
        place = Path(os.path.realpath(start / directory))
        for root in real:
            if place.is_relative_to(root):
                return root, place
    names = ", ".join(shown(root.name) for root in real)  # where they lie is the host's affair
    problem = f"{shown(directory)} lies outside the folders that are open for uploads ({names})."
    raise ArgumentError("directory", problem, "Give a path that starts inside one of them, such as '.'.")
