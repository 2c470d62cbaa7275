"""Unpacking an uploaded configuration: only plain files and folders, only inside, only so many."""

from __future__ import annotations

import io
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PACKED = 32 * 1024 * 1024
MAX_UNPACKED = 64 * 1024 * 1024
MAX_MEMBERS = 5000
_MAX_DEPTH = 32
_CHUNK = 1024 * 1024

# What terraform itself writes there could name a backend, a provider binary or a foreign state.
_LEFT_OUT = frozenset({".terraform", "terraform.d", ".terraform.lock.hcl", ".git"})


class BadArchive(ValueError):  # noqa: N818 - reads as what was found
    """The upload is no archive that the sandbox unpacks; says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a configuration: its path below the root, and its bytes."""

    path: PurePosixPath
    content: bytes


def read_archive(packed: bytes) -> list[Member]:
    """Return the files of a tar.gz.

    Raises:
        BadArchive: For text that is no tar.gz, absolute paths, `..`, links, devices, or too much of anything.
    """
    if len(packed) > MAX_PACKED:
        msg = f"the archive is larger than {MAX_PACKED} bytes"
        raise BadArchive(msg)
    try:
        with tarfile.open(fileobj=io.BytesIO(_inflate(packed)), mode="r:") as tar:
            return list(_members(tar))
    except (tarfile.TarError, zlib.error, EOFError, UnicodeError, OverflowError) as error:
        msg = f"the upload is not a readable tar.gz: {error}"
        raise BadArchive(msg) from error


def unpack(members: list[Member], target: Path) -> None:
    """Write files below a folder that belongs to the run alone."""
    target.mkdir(parents=True)
    for member in members:
        path = target.joinpath(*member.path.parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(member.content)
        except OSError as error:
            msg = f"{str(member.path)!r} can't be written: {error.strerror}"
            raise BadArchive(msg) from error


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    unpacked = bytearray()
    data = packed
    while data and not inflater.eof:
        unpacked += inflater.decompress(data, _CHUNK)
        data = inflater.unconsumed_tail
        if len(unpacked) > MAX_UNPACKED:
            msg = f"the archive unpacks to more than {MAX_UNPACKED} bytes"
            raise BadArchive(msg)
    if not inflater.eof:
        msg = "the upload is not a complete gzip stream"
        raise BadArchive(msg)
    return bytes(unpacked)


def _members(tar: tarfile.TarFile) -> Iterator[Member]:
    total = 0
    for count, info in enumerate(tar):
        total += info.size
        if info.issparse() or total > MAX_UNPACKED:
            msg = f"{info.name!r} is sparse or too large"
            raise BadArchive(msg)
        if count >= MAX_MEMBERS:
            msg = f"the archive holds more than {MAX_MEMBERS} entries"
            raise BadArchive(msg)
        path = _safe_path(info.name)
        if not path.parts or info.isdir() or _LEFT_OUT.intersection(path.parts):
            continue
        file = tar.extractfile(info) if info.isreg() else None
        if file is None:
            msg = f"{info.name!r} is neither a file nor a folder (links are not unpacked)"
            raise BadArchive(msg)
        yield Member(path, file.read())


def _safe_path(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    odd = "\\" in name or any(ord(letter) < ord(" ") for letter in name)
    if path.is_absolute() or ".." in path.parts or odd or len(path.parts) > _MAX_DEPTH:
        msg = f"{name!r} does not lie inside the configuration"
        raise BadArchive(msg)
    return path
