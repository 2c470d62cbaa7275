"""A configuration directory becomes the bytes of an upload."""

import gzip
import io
import os
import socket
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.packing import Archive, Limits, PackedFile, pack
from tfc_agent_tools.packing.ignore import parse
from tfc_agent_tools.packing.tree import Tree


def fill(top: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return top


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("outside")
    return fill(tmp_path / "config", {"main.tf": "# main"})


def packed(top: Path, limits: Limits | None = None) -> Archive:
    return pack(str(top), [top.parent], limits=limits or Limits())


def members(archive: Archive) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as tar:
        return {member.name: member for member in tar}


def unpacked(archive: Archive) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}  # type: ignore[union-attr]


def refusal(top: Path, limits: Limits | None = None) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        packed(top, limits)
    assert caught.value.argument == "directory"
    return caught.value


# What goes in

names = st.text(alphabet="ab.é *[", min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})
trees = st.dictionaries(st.lists(names, min_size=1, max_size=3).map("/".join), st.binary(max_size=99), max_size=8)


def clashes(paths: set[str]) -> bool:
    return any(other.startswith(f"{path}/") for path in paths for other in paths)


@given(trees, st.sets(st.sampled_from(["a", "b", "aa", "ab"])))
def test_unpacking_gives_back_exactly_the_files_that_were_not_left_out(
    files: dict[str, bytes], ignored: set[str]
) -> None:
    if clashes(set(files)):
        return
    rules = "".join(f"{name}\n{name}/\n" for name in sorted(ignored))
    files |= {"main.tf": b"", ".terraformignore": rules.encode()}
    with tempfile.TemporaryDirectory() as top:
        archive = packed(fill(Path(top) / "config", dict(files)))
    kept = {path: content for path, content in files.items() if not ignored & set(path.split("/"))}
    assert unpacked(archive) == kept
    assert {file.path: file.size for file in archive.files} == {path: len(kept[path]) for path in kept}


def test_the_directory_is_the_root_of_the_archive_and_folders_have_no_entries(config: Path) -> None:
    fill(config, {"modules/net/main.tf": "", "z.tf": ""})
    (config / "empty").mkdir()
    assert list(members(packed(config))) == ["main.tf", "modules/net/main.tf", "z.tf"]


@pytest.mark.parametrize("name", ["main.tf", "main.tf.json", "main.tofu", "main.tofu.json"])
def test_a_file_of_terraform_or_opentofu_makes_a_configuration(tmp_path: Path, name: str) -> None:
    assert packed(fill(tmp_path / "config", {name: ""})).files[0].path == name


@pytest.mark.parametrize(
    "files",
    [{"readme.md": ""}, {"sub/main.tf": ""}, {"main.tf": "", ".terraformignore": "*.tf"}, {"d.tf/x": ""}],
)
def test_a_directory_without_a_terraform_file_of_its_own_is_refused(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    assert "no Terraform file" in refusal(fill(tmp_path / "config", files)).problem


# The same files, the same bytes


def test_two_checkouts_at_different_times_give_the_same_bytes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"main.tf": "x", "a/b.sh": "#!", f"{'long/' * 30}é.tf": "y"}
    one = fill(tmp_path / "one", files)
    two = fill(tmp_path / "two", dict(reversed(files.items())))
    (one / "link").symlink_to("a/b.sh")
    (two / "link").symlink_to(two / "a/b.sh")
    (two / ".git").write_text("gitdir: /elsewhere")
    (two / "empty").mkdir()
    for path, mode in ((one, 0o744), (two, 0o711)):
        (path / "a/b.sh").chmod(mode)
    os.utime(two / "main.tf", (1, 1))
    (two / "main.tf").chmod(0o600)
    assert packed(one).content == packed(two).content
    assert packed(one).sha256 == packed(two).sha256


def test_a_changed_byte_or_mode_changes_the_hash(config: Path) -> None:
    before = packed(config).sha256
    (config / "main.tf").chmod(0o755)
    executable = packed(config).sha256
    (config / "main.tf").write_text("# mine")
    assert len({before, executable, packed(config).sha256}) == 3


def test_nothing_of_this_machine_is_in_the_archive(config: Path) -> None:
    archive = packed(config)
    (member,) = members(archive).values()
    assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
    assert archive.content[3:9] == bytes(6), "no file name flag, no timestamp, no compression hint in gzip's header"
    assert archive.size == len(archive.content)
    assert "content=" not in repr(archive)


def test_modes_are_those_that_git_knows(config: Path) -> None:
    (config / "main.tf").chmod(0o640)
    fill(config, {"run.sh": ""}).joinpath("run.sh").chmod(0o700)
    assert {name: oct(member.mode) for name, member in members(packed(config)).items()} == {
        "main.tf": "0o644",
        "run.sh": "0o755",
    }


def test_hashes_are_those_of_the_files_and_of_the_whole(config: Path) -> None:
    archive = packed(config)
    assert archive.sha256 == sha256(archive.content).hexdigest()
    assert archive.files == (PackedFile("main.tf", 6, sha256(b"# main").hexdigest()),)


# What stays out

RULES = [
    # pattern, path, stays out
    ("", ".terraform/providers/x", True),
    ("", ".terraform/modules/net/main.tf", False),
    ("", "sub/.terraform/plugins", True),
    ("", "sub/.terraform/modules/x", False),
    ("", ".git/config", True),
    ("", ".git", True),
    ("", "sub/.git", True),
    ("", ".terraform/modules/net/.git/config", True),
    ("", ".gitignore", False),
    ("", ".terraform.lock.hcl", False),
    ("", "foo.terraform/x", False),
    ("", "terraform.tfstate", False),
    ("!.git/", ".git/config", False),
    ("!.terraform/", ".terraform/providers/x", False),
    ("baz.txt", "baz.txt", True),
    ("baz.txt", "parent/foo/baz.txt", True),
    ("baz.txt", "something/with-baz.txt", False),
    ("baz.txt", "bazxtxt", False),
    ("/baz.txt", "baz.txt", True),
    ("/baz.txt", "sub/baz.txt", False),
    ("a/b", "x/a/b", True),
    ("/a/b", "x/a/b", False),
    ("foo", "foo/bar.tf", False),
    ("foo/", "foo/bar.tf", True),
    ("foo/", "x/foo/y/bar.tf", True),
    ("foo/", "foo", False),
    ("/foo/", "x/foo/bar", False),
    ("foo/*", "foo/bar", True),
    ("foo/*", "foo/x/bar", False),
    ("foo/*.md", "foo/ignored-doc.md", True),
    ("foo/**", "foo/x/bar", True),
    ("**/foo/bar.tf", "parent/foo/bar.tf", True),
    ("a/**/z", "a/z", True),
    ("a/**/z", "a/b/c/z", True),
    ("a/**/z", "a/b/c/yz", False),
    ("/**/x/**/y/**", "1/x/2/y/3", True),
    ("logs**", "logs/x/y", True),
    ("logs**", "x/logs-2", True),
    ("*.tf?", "main.tfx", True),
    ("*.tf?", "main.tf", False),
    ("*a*b*c", "1a2b3c", True),
    ("*a*b*c", "1a2b3cd", False),
    ("*", "any/thing", True),
    ("/", "any/thing", True),
    ("s?b", "s/b", False),
    ("bar/something-[a-z].txt", "bar/something-a.txt", True),
    ("bar/something-[a-z].txt", "bar/something-1.txt", False),
    ("[!a-z]x", "1x", True),
    ("[^a-z]x", "ax", False),
    ("[!a]x", "q/1x", True),
    ("a[+-9]b", "a/b", False),
    ("[z-a]", "[z-a]", True),
    ("[a", "[a", True),
    ("[a--c]", "b", True),
    ("[]", "[]", True),
    ("[!]", "[!]", True),
    (r"[\d]", "1", False),
    ("a(1)+.tf", "a(1)+.tf", True),
    ("a|b", "a|b", True),
    ("a|b", "a", False),
    ("$x^", "$x^", True),
    (r"\*.tf", "*.tf", True),
    (r"\*.tf", "a.tf", False),
    (r"\#x", "#x", True),
    ("x\\", "x\\", True),
    ("# main.tf", "main.tf", False),
    ("   # main.tf", "main.tf", False),
    ("  main.tf \t\r", "main.tf", True),
    ("\ufeffmain.tf", "main.tf", True),
    ("*.tf\n!main.tf", "main.tf", False),
    ("*.tf\n!main.tf", "a.tf", True),
    ("!main.tf\n*.tf", "main.tf", True),
    ("tmp/\n!tmp/keep/", "tmp/keep/x", False),
    ("tmp/\n!tmp/keep/", "tmp/x", True),
    ("terraform.d/\n!/terraform.d/", "terraform.d/foo", False),
    ("terraform.d/\n!/terraform.d/", "some-module/terraform.d/x", True),
    ("!\n!!\n\n \n", "main.tf", False),
    ("donn\u00e9es.txt", "donne\u0301es.txt", True),
    ("donne\u0301es.txt", "donn\u00e9es.txt", True),
    ("caf\u00e9/**", "cafe\u0301/test.txt", True),
    ("café.txt", "cafe.txt", False),
    ("😀?.txt", "😀😀.txt", True),
]


@pytest.mark.parametrize(("rules", "path", "out"), RULES)
def test_a_path_stays_out_as_the_rules_say(rules: str, path: str, *, out: bool) -> None:
    assert parse(rules).leaves_out(path) is out


@pytest.mark.parametrize(
    ("rules", "directory", "unread"),
    [
        ("", ".git", True),
        ("", ".terraform", False),
        ("logs/", "logs", True),
        ("logs", "logs", False),
        ("logs/\n!x", "logs", False),
        ("!x\nlogs/", "logs", True),
    ],
)
def test_a_folder_is_left_unread_only_where_no_later_rule_can_bring_a_file_back(
    rules: str, directory: str, *, unread: bool
) -> None:
    assert parse(rules).leaves_out_all_of(directory) is unread


@given(st.text(alphabet="ab*?/[]!\\-^", max_size=12), st.text(alphabet="ab/[", min_size=1, max_size=8))
def test_any_pattern_is_a_rule_and_a_folder_left_unread_has_no_file_that_goes_in(pattern: str, path: str) -> None:
    rules = parse(pattern)
    if rules.leaves_out_all_of(path):
        assert rules.leaves_out(f"{path}/x/y")


@pytest.mark.parametrize("pattern", ["**/*a*/" * 20 + "b", "*a" * 100 + "b", "**/a/" * 50 + "**/b", "[a-b]*?" * 50])
def test_a_hostile_pattern_does_not_make_matching_explode(pattern: str) -> None:
    assert not parse(pattern).leaves_out("/".join(["a" * 50] * 60) + "!")


def test_left_out_entries_are_counted_and_the_rules_go_along(config: Path) -> None:
    fill(config, {".git/config": "", ".git/HEAD": "", "x.log": "", "y.log": "", ".terraformignore": "*.log"})
    archive = packed(config)
    assert [file.path for file in archive.files] == [".terraformignore", "main.tf"]
    assert archive.left_out == 3


def test_rules_that_can_not_be_read_are_an_error_and_never_no_rules(config: Path) -> None:
    fill(config, {"rules": "secret.tf"})
    (config / ".terraformignore").symlink_to("rules")
    assert ".terraformignore can't be read" in str(refusal(config))
    (config / ".terraformignore").unlink()
    (config / ".terraformignore").mkdir()
    assert ".terraformignore can't be read" in str(refusal(config))


def test_a_huge_rules_file_is_refused(config: Path) -> None:
    fill(config, {".terraformignore": "#" * 64_001})
    assert "64,000 bytes" in str(refusal(config))


# Where it may lie


def test_without_roots_nothing_can_be_packed_and_the_host_is_told_how(config: Path) -> None:
    with pytest.raises(ArgumentError, match="upload_roots"):
        pack(str(config), [])


def test_a_relative_path_can_start_at_an_open_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "open" / "app"
    inner.mkdir(parents=True)
    (inner / "main.tf").write_text("")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    packed = [pack(place, [tmp_path / "open"]).sha256 for place in ("app", "./app", str(inner))]
    assert len(set(packed)) == 1
    for outside in ("..", "../elsewhere", "app/../../elsewhere"):
        with pytest.raises(ArgumentError, match="lies outside the folders"):
            pack(outside, [tmp_path / "open"])


@pytest.mark.parametrize(
    "place", ["..", "../config/..", "missing/../..", "/", "/etc", "../other", "/does/not/exist", "out"]
)
def test_a_directory_outside_the_roots_is_refused_whether_or_not_it_exists(config: Path, place: str) -> None:
    fill(config.parent / "other", {"main.tf": ""})
    (config / "out").symlink_to(config.parent / "other")
    with pytest.raises(ArgumentError, match="lies outside the folders"):
        pack(str(config / place), [config])


def test_a_root_whose_name_is_only_a_prefix_does_not_count(config: Path) -> None:
    other = fill(config.parent / "config-2", {"main.tf": ""})
    with pytest.raises(ArgumentError, match="outside"):
        pack(str(other), [config])


@pytest.mark.parametrize("place", ["", "a\0b", "a\nb", "a\udcffb", "a\u202eb"])
def test_a_directory_that_is_no_path_is_refused(config: Path, place: str) -> None:
    with pytest.raises(ArgumentError, match="is not a path") as caught:
        pack(place, [config])
    assert str(caught.value).isprintable()


def test_a_directory_that_does_not_exist_or_is_a_file_is_refused(config: Path) -> None:
    assert "No such file" in str(refusal(config / "missing"))
    assert "Not a directory" in str(refusal(config / "main.tf"))


def test_a_root_itself_a_root_reached_by_a_link_and_a_relative_path_are_fine(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = config.parent / "link"
    link.symlink_to(config)
    monkeypatch.chdir(config.parent)
    archives = [
        pack(str(config), [config]),
        pack(str(link), [config]),
        pack(str(config), [link]),
        pack("config", [Path()]),
    ]
    assert len({archive.sha256 for archive in archives}) == 1


# Links and other things


@pytest.mark.parametrize(
    "target",
    [
        "../secret.txt",
        "/etc/passwd",
        "sub/../../secret.txt",
        "../config-2",
        "..",
        "deep/../secret.txt",
        "jump/../../main.tf",
        "a\u202eb",
    ],
)
def test_a_link_that_leads_out_is_refused_and_named(config: Path, target: str) -> None:
    fill(config, {"a/b/x.tf": ""})
    (config / "jump").symlink_to("a/b")  # makes `jump/../../main.tf` inside by where it leads only
    (config / "deep").symlink_to(".")  # makes `deep/../secret.txt` inside by its text only
    (config / "link").symlink_to(target)
    error = refusal(config)
    assert "'link' is a link" in error.problem
    assert str(error).isprintable()


@pytest.mark.parametrize("target", ["main.tf", "a/b", "./a/../main.tf", "nowhere", "link", "."])
def test_a_link_that_stays_inside_is_kept_as_it_is(config: Path, target: str) -> None:
    fill(config, {"a/b/x.tf": ""})
    (config / "link").symlink_to(target)
    archive = packed(config)
    member = members(archive)["link"]
    assert (member.issym(), member.linkname) == (True, target)
    assert {file.link for file in archive.files} == {"", target}


def test_an_absolute_link_to_the_inside_becomes_relative(config: Path) -> None:
    fill(config, {"a/x.tf": ""})
    (config / "a/link").symlink_to(config / "main.tf")
    (config.parent / "way").symlink_to(config)
    (config / "a/other").symlink_to(config.parent / "way/a")
    found = members(packed(config))
    assert (found["a/link"].linkname, found["a/other"].linkname) == ("../main.tf", ".")


def test_a_link_that_is_left_out_may_lead_anywhere(config: Path) -> None:
    (config / "link").symlink_to("/etc/passwd")
    assert list(unpacked(packed(fill(config, {".terraformignore": "link"})))) == [
        ".terraformignore",
        "main.tf",
    ]


def test_pipes_and_sockets_are_left_out(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(config)  # a socket's path is at most 108 bytes long
    os.mkfifo("pipe.tf")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        archive = packed(config)
    assert ([file.path for file in archive.files], archive.left_out) == (["main.tf"], 2)


@pytest.mark.parametrize("name", [b"a\nb", b"a\x1b[31m", b"caf\xe9", "a\u202eb".encode(), "a\u200bb".encode()])
def test_a_name_that_can_not_be_shown_is_refused_and_shown_escaped(config: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(config) + b"/" + name)).write_text("x")
    error = refusal(config)
    assert "can't be shown" in error.problem
    assert str(error).isascii()
    assert str(error).isprintable()
    fill(config, {".terraformignore": "a*\ncaf*"})
    assert packed(config).left_out == 1


@contextmanager
def unprivileged() -> Generator[None]:
    """Root reads everything, so the tests' user is put aside for a moment."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("name", ["key.pem", "sub/x", ".terraformignore"])
def test_a_file_that_can_not_be_read_is_an_error_that_names_it(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        top = fill(Path(folder) / "config", {"main.tf": "", name: ""})
        Path(folder).chmod(0o755)
        blocked = (top / name).parent if "/" in name else top / name
        blocked.chmod(0)
        with unprivileged():
            error = refusal(top)
        blocked.chmod(0o700)
    assert blocked.name in error.problem
    assert "Permission denied" in error.problem


# Changes while it is read


@contextmanager
def reading(top: Path) -> Generator[tuple[Tree, int]]:
    descriptor = os.open(top, os.O_RDONLY)
    try:
        yield Tree(str(top.resolve()), rules=parse("")), descriptor
    finally:
        os.close(descriptor)


def swap_with_link(path: Path, target: Path) -> None:
    path.rename(path.parent.parent / "aside")
    path.symlink_to(target)


def test_a_file_swapped_for_a_link_after_listing_gives_nothing_away(config: Path) -> None:
    fill(config, {"z.tf": "z"})
    with reading(config) as (tree, descriptor):
        entries = tree.entries(descriptor)
        assert next(entries).path == "main.tf"
        swap_with_link(config / "z.tf", config.parent / "secret.txt")
        with pytest.raises(ArgumentError, match=r"'z.tf' can't be read"):
            next(entries)


def test_a_folder_swapped_for_a_link_after_listing_gives_nothing_away(config: Path) -> None:
    fill(config, {"sub/secret.txt": "inside"})
    with reading(config) as (tree, descriptor):
        entries = tree.entries(descriptor)
        assert next(entries).path == "main.tf"
        swap_with_link(config / "sub", config.parent)
        with pytest.raises(ArgumentError, match="'sub' can't be read"):
            next(entries)


def test_a_file_swapped_for_a_pipe_does_not_block(config: Path) -> None:
    fill(config, {"z.tf": "z"})
    with reading(config) as (tree, descriptor):
        entries = tree.entries(descriptor)
        next(entries)
        (config / "z.tf").unlink()
        os.mkfifo(config / "z.tf")
        with pytest.raises(ArgumentError, match="changed while it was read"):
            next(entries)


# Limits


def test_limits_are_exact(config: Path) -> None:
    fill(config, {"a/b/c.tf": "12345"})
    fits = Limits(size=11, files=2, depth=2)
    assert len(packed(config, fits).files) == 2
    assert "more than 10 bytes" in str(refusal(config, Limits(size=10, files=2, depth=2)))
    assert "more than 1 files" in str(refusal(config, Limits(size=11, files=1, depth=2)))
    assert "more than 1 folders" in str(refusal(config, Limits(size=11, files=2, depth=1)))


def test_what_is_left_out_counts_against_no_limit(config: Path) -> None:
    fill(config, {".git/big": b"x" * 100})
    assert packed(config, Limits(size=6, files=1)).files[0].size == 6


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_no_descriptor_stays_open(config: Path) -> None:
    fill(config, {"a/b/c.tf": ""})
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    packed(config)
    (config / "a/b/out").symlink_to("/etc")
    refusal(config)
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before


def test_the_stream_is_one_gzip_member(config: Path) -> None:
    assert gzip.decompress(packed(config).content).startswith(b"main.tf\0")
