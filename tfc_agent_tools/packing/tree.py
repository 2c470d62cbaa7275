"""Reads the files of a directory, each once, by descriptors that never follow a link.

Between listing a folder and reading from it, anyone who can write there may put a link in a file's or a
folder's place. Every name is therefore opened relative to its folder's descriptor and without following: a
swap is an error, never a file from elsewhere.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.packing.ignore import Rules
from tfc_agent_tools.packing.roots import readable, shown

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_FOLLOW
_FILE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NO_FOLLOW
"""Without waiting, since a pipe put in a file's place would block for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one upload may hold; the API takes more, but a configuration that needs more is a mistake."""

    size: int = 100_000_000
    """Bytes of all files together, before compression."""
    files: int = 50_000
    depth: int = 64
    """Folders inside one another; each takes a descriptor while it is read."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file, or a link to another place inside the directory."""

    path: str
    content: bytes = b""
    link: str = ""
    executable: bool = False


class Tree:
    """The files of one directory, in order of their names, and how many entries were left out."""

    def __init__(self, top: str, *, rules: Rules, limits: Limits = LIMITS) -> None:
        self.left_out = 0
        """Entries not taken: by a rule (a whole folder counts once), or neither file, folder nor link."""
        self._top = Path(top)
        self._rules = rules
        self._limits = limits
        self._size = 0
        self._files = 0

    def entries(self, folder: int, prefix: str = "") -> Iterator[Entry]:
        """Everything under the folder of the descriptor. Folders have no entries: git keeps none either."""
        if prefix.count("/") > self._limits.depth:
            raise _refused(f"{shown(prefix)} is nested too deep: more than {self._limits.depth} folders.")
        for name, mode in _listed(folder, prefix):
            path = prefix + name
            if stat.S_ISDIR(mode):
                yield from self._inside(folder, name, path)
            elif self._rules.leaves_out(path) or not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
                self.left_out += 1
            else:
                self._count(path)
                yield self._link(folder, name, path) if stat.S_ISLNK(mode) else self._file(folder, name, path)

    def _inside(self, folder: int, name: str, path: str) -> Iterator[Entry]:
        if self._rules.leaves_out_all_of(path):
            self.left_out += 1
            return
        with readable(path):
            inner = os.open(name, _FOLDER, dir_fd=folder)
        try:
            yield from self.entries(inner, f"{path}/")
        finally:
            os.close(inner)

    def _count(self, path: str) -> None:
        if not path.isprintable():
            raise _refused(f"{shown(path)} has characters in its name that can't be shown.", "Rename it")
        self._files += 1
        if self._files > self._limits.files:
            raise _refused(f"it holds more than {self._limits.files:,} files.")

    def _file(self, folder: int, name: str, path: str) -> Entry:
        room = self._limits.size - self._size
        with readable(path), opened_inside(folder, name) as file:
            state = os.fstat(file.fileno())
            content = file.read(room + 1) if stat.S_ISREG(state.st_mode) else b""
        if len(content) > room:
            raise _refused(f"{shown(path)} brings its files to more than {self._limits.size:,} bytes together.")
        if len(content) != state.st_size or not stat.S_ISREG(state.st_mode):
            raise _refused(f"{shown(path)} changed while it was read.", "Try again when nothing writes there")
        self._size += len(content)
        return Entry(path=path, content=content, executable=bool(state.st_mode & stat.S_IXUSR))

    def _link(self, folder: int, name: str, path: str) -> Entry:
        """A link as it stands; an absolute one becomes relative, or it would dangle where it is unpacked."""
        with readable(path):
            target = os.readlink(name, dir_fd=folder)
        here = (self._top / path).parent
        if target.startswith("/"):
            parent, last = os.path.split(target)
            target = os.path.relpath(Path(os.path.realpath(parent)) / last, here)
        # By its text, which is what the server checks, and by where it leads, since the text may go through
        # other links.
        places = os.path.normpath(here / target), os.path.realpath(here / target)
        if not all(Path(place).is_relative_to(self._top) for place in places):
            raise _refused(f"{shown(path)} is a link to {shown(target)}, outside.", "Copy what it needs")
        if not target.isprintable():
            raise _refused(f"{shown(path)} is a link to a name that can't be shown.", "Rename that")
        return Entry(path=path, link=target)


def opened_inside(folder: int, name: str) -> BinaryIO:
    """A file of the folder, opened so that neither a link nor a pipe put in its place does harm."""
    return open(name, "rb", opener=lambda name, _: os.open(name, _FILE, dir_fd=folder))


def _listed(folder: int, path: str) -> list[tuple[str, int]]:
    with readable(path or "."), os.scandir(folder) as found:
        return sorted((entry.name, entry.stat(follow_symlinks=False).st_mode) for entry in found)


def _refused(problem: str, remedy: str = "Leave out what is not needed") -> ArgumentError:
    return ArgumentError("directory", problem, f"{remedy}, or list it in `.terraformignore`.")
