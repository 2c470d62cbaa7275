"""The bytes of an upload: the same for the same files, wherever and whenever they are packed.

Names are sorted; owners, times and folders are left out; a file's mode is 0644, or 0755 where its owner may
run it. The format is pax, which is plain ustar except where a name is long or not ASCII, and says then that
it is UTF-8. What can still differ is zlib: another build of it may compress the same files to other bytes.
"""

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.packing.ignore import Rules, parse
from tfc_agent_tools.packing.roots import opened, readable
from tfc_agent_tools.packing.tree import LIMITS, Entry, Limits, Tree, opened_inside

if TYPE_CHECKING:
    import tarfile

CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json")
IGNORE_FILE_SIZE = 64_000
"""Bytes. Every rule is tried on every path."""
COMPRESSION = 6


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of an upload: `path` relative, with `/`. A link has the size 0 and the hash of nothing."""

    path: str
    size: int
    sha256: str
    link: str = ""
    """Where a symbolic link leads, relative to its own folder; empty for a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A `.tar.gz` and what it holds."""

    files: tuple[PackedFile, ...]
    left_out: int
    """Entries of the directory that are not in it; a folder left out as a whole counts once."""
    sha256: str
    """Of `content`."""
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes to upload."""
        return len(self.content)


def pack(directory: str, roots: Sequence[Path], *, limits: Limits = LIMITS) -> Archive:
    """The upload for a configuration directory; its files end up at the archive's root.

    Args:
        directory: A folder under one of `roots`, with at least one Terraform file directly in it.
        roots: The folders that the host opened for uploads. Without any, nothing can be packed.
        limits: What the upload may hold.

    Raises:
        ArgumentError: Nothing was packed. It names the file at fault and what to do.
    """
    with opened(directory, roots) as (top, folder):
        rules = _rules(folder)
        _check_configuration(folder, rules)
        tree = Tree(top, rules=rules, limits=limits)
        files, content = write(tree.entries(folder))
    return Archive(files=files, left_out=tree.left_out, sha256=sha256(content).hexdigest(), content=content)


def write(entries: Iterable[Entry]) -> tuple[tuple[PackedFile, ...], bytes]:
    """The archive of some entries, in their order."""
    import gzip
    import tarfile

    buffer = io.BytesIO()
    files: list[PackedFile] = []
    with (
        gzip.GzipFile("", "wb", COMPRESSION, buffer, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as tar,
    ):
        for entry in entries:
            tar.addfile(_header(tarfile.TarInfo(entry.path), entry), io.BytesIO(entry.content))
            files.append(PackedFile(entry.path, len(entry.content), sha256(entry.content).hexdigest(), entry.link))
    return tuple(files), buffer.getvalue()


def _header(header: "tarfile.TarInfo", entry: Entry) -> "tarfile.TarInfo":
    """Modification time, owner and group stay at tarfile's 0 and empty names."""
    header.size = len(entry.content)
    header.mode = 0o755 if entry.executable else 0o644
    if entry.link:
        header.type, header.linkname, header.mode = b"2", entry.link, 0o777
    return header


def _rules(folder: int) -> Rules:
    """The rules in force. A file that can't be read is an error: what it leaves out would be uploaded."""
    try:
        with opened_inside(folder, ".terraformignore") as file:
            content = file.read(IGNORE_FILE_SIZE + 1)
    except FileNotFoundError:
        return parse("")
    except OSError as error:
        fix = "Make it a plain file that this process may read."
        raise ArgumentError("directory", f".terraformignore can't be read: {error.strerror}.", fix) from error
    if len(content) > IGNORE_FILE_SIZE:
        raise ArgumentError("directory", f".terraformignore is over {IGNORE_FILE_SIZE:,} bytes.", "Shorten it.")
    return parse(content.decode(errors="surrogateescape"))


def _check_configuration(folder: int, rules: Rules) -> None:
    if not any(name.endswith(CONFIGURATION) and not rules.leaves_out(name) for name in _names(folder)):
        problem = "no Terraform file (*.tf, *.tf.json, *.tofu) lies directly in it."
        raise ArgumentError("directory", problem, "Give the folder that holds them, such as the one with main.tf.")


def _names(folder: int) -> Iterator[str]:
    with readable("."), os.scandir(folder) as found:
        yield from (entry.name for entry in found if not entry.is_dir(follow_symlinks=False))
