"""Unpacking uploads: nothing outside, no links, not too much."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox_driver import Api

from tfc_agent_tools.sandbox.archive import MAX_MEMBERS, BadArchive, read_archive, unpack
from tfc_agent_tools.sandbox.configurations import pack

Build = Callable[[tarfile.TarFile], None]


def packed(build: Build) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        build(tar)
    return buffer.getvalue()


def entry(name: str, **fields: object) -> Build:
    def build(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        for field, value in fields.items():
            setattr(info, field, value)
        tar.addfile(info, io.BytesIO(b"x" * info.size))

    return build


def many(tar: tarfile.TarFile) -> None:
    for number in range(MAX_MEMBERS + 1):
        tar.addfile(tarfile.TarInfo(f"f{number}"))


def sparse() -> bytes:
    info = tarfile.TarInfo("a")
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:398] = b"%011o\0" % 0
    header[398:410] = b"%011o\0" % 0
    header[483:495] = b"%011o\0" % (1 << 32)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return gzip.compress(bytes(header) + bytes(1024))


BAD = {
    "absolute": packed(entry("/etc/x", size=1)),
    "parent": packed(entry("../x", size=1)),
    "parent inside": packed(entry("a/../../x", size=1)),
    "backslash": packed(entry("a\\..\\..\\x", size=1)),
    "symbolic link": packed(entry("a", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    "symbolic link inside": packed(entry("a", type=tarfile.SYMTYPE, linkname="b")),
    "hard link": packed(entry("a", type=tarfile.LNKTYPE, linkname="/etc/passwd")),
    "device": packed(entry("a", type=tarfile.CHRTYPE)),
    "pipe": packed(entry("a", type=tarfile.FIFOTYPE)),
    "too many": packed(many),
    "too deep": packed(entry("/".join("a" * 40), size=1)),
    "bomb": gzip.compress(bytes(80 * 1024 * 1024)),
    "sparse": sparse(),
    "not gzip": b"hello",
    "not tar": gzip.compress(b"hello"),
    "cut short": pack({"main.tf": "x" * 1000})[:-20],
    "empty": b"",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_archive_is_refused(name: str) -> None:
    with pytest.raises(BadArchive):
        read_archive(BAD[name])


def test_files_and_folders_are_unpacked_below_the_target(tmp_path: Path) -> None:
    def build(tar: tarfile.TarFile) -> None:
        entry("./a", type=tarfile.DIRTYPE)(tar)
        entry("./a/main.tf", size=3, mode=0o777)(tar)

    unpack(read_archive(packed(build)), tmp_path / "target")
    assert (tmp_path / "target/a/main.tf").read_bytes() == b"xxx"


def test_what_terraform_leaves_in_a_folder_is_left_out() -> None:
    names = [
        ".terraform/providers/x",
        "terraform.d/plugins/x",
        ".terraform.lock.hcl",
        "a/.terraform/x",
        "main.tf",
    ]
    members = read_archive(pack(dict.fromkeys(names, "x")))
    assert [str(member.path) for member in members] == ["main.tf"]


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    def build(tar: tarfile.TarFile) -> None:
        entry("a", size=1)(tar)
        entry("a/b", size=1)(tar)

    with pytest.raises(BadArchive):
        unpack(read_archive(packed(build)), tmp_path / "target")


def test_an_upload_that_can_not_be_unpacked_makes_its_version_errored(api: Api) -> None:
    version = api.configuration("scratch")
    assert api.plain.put(version["attributes"]["upload-url"], content=b"hello").status_code == 200
    found = api.data(f"/configuration-versions/{version['id']}")
    assert found["attributes"]["status"] == "errored"
    assert found["attributes"]["error-message"]
    assert api.data(f"/workspaces/{api.workspace('scratch')['id']}/runs") == []


def test_packing_the_same_files_gives_the_same_bytes() -> None:
    assert pack({"a": "1", "b": "2"}) == pack({"b": "2", "a": "1"})
