"""What an untrusted configuration may not hold, plain and disguised, in both syntaxes."""

from __future__ import annotations

import json
import time
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_driver import Api

from tfc_agent_tools.sandbox.archive import Member
from tfc_agent_tools.sandbox.untrusted import unsafe_parts


def check(files: dict[str, str | bytes]) -> list[str]:
    return unsafe_parts(
        [Member(PurePosixPath(name), text.encode() if isinstance(text, str) else text) for name, text in files.items()]
    )


def output(expression: str) -> str:
    return f'output "a" {{\n  value = {expression}\n}}\n'


PROVISIONER = 'provisioner "local-exec" {\n    command = "id"\n  }\n'
RESOURCE = 'resource "terraform_data" "a" {\n  %s\n}\n'

UNSAFE_EXPRESSIONS = {
    "absolute": 'file("/etc/passwd")',
    "spaces": 'file ( "/etc/passwd" )',
    "tab": 'file\t(\t"/etc/passwd")',
    "comment inside": 'file/* "x" */(/* ) */"/etc/passwd")',
    "newline in parentheses": '(file\n("/etc/passwd"))',
    "line comment in parentheses": '(file # (\n("/etc/passwd"))',
    "namespace": 'core::file("/etc/passwd")',
    "parent": 'file("../../etc/passwd")',
    "parent inside": 'file("a/../../b")',
    "home": 'file("~/.terraformrc")',
    "escape": r'file("\u002fetc/passwd")',
    "long escape": r'file("\U0000002fetc/passwd")',
    "interpolated": 'file("${"/etc"}/passwd")',
    "computed": 'file(join("/", ["", "etc", "passwd"]))',
    "variable": "file(var.path)",
    "parenthesised": 'file(("/etc/passwd"))',
    "conditional": 'file(true ? "/etc/passwd" : "a")',
    "module path and parent": 'file("${path.module}/../x")',
    "module path without slash": 'file("${path.module}../../x")',
    "working directory": 'file("${path.cwd}/x")',
    "expanded": 'file("${path.module}/x"...)',
    "in a string": '"a ${file("/etc/passwd")} b"',
    "in a nested string": '"a ${"b ${file("/etc/passwd")}"}"',
    "in a directive": '"%{ if file("/etc/passwd") != "" }x%{ endif }"',
    "after an escaped interpolation": '"$${ ${file("/etc/passwd")}"',
    "in a heredoc": '<<EOT\nx ${file("/etc/passwd")}\nEOT\n',
    "in an indented heredoc": '<<-EOT\n  x ${~ file("/etc/passwd") ~}\n  EOT\n',
    "after a heredoc": '[<<A\nx\nA\n, file("/etc/passwd")]',
    "heredoc as path": "file(<<A\n/etc/passwd\nA\n)",
    "heredoc that seems to go on": '[<<A\nx\n A \n, file("/etc/passwd")]',
    "heredoc with its marker inside": '[<<A\nx A\nA\n, "y"]',
    "heredoc with odd space": '[<<A\nx\n\x0bA\n, file("/etc/passwd")]',
    "base64": 'filebase64("/etc/passwd")',
    "hash": 'filesha256("/etc/passwd")',
    "hash of base64": 'filebase64sha512("/etc/passwd")',
    "existence": 'fileexists("/etc/passwd")',
    "set": 'fileset("/etc", "*")',
    "set by pattern": 'fileset(path.module, "../*")',
    "set by variable": "fileset(path.module, var.pattern)",
    "template": 'templatefile("/etc/passwd", {})',
    "template string": "templatestring(local.text, {})",
    "home path": 'pathexpand("~")',
    "absolute path": 'abspath("..")',
    "other provider's function": "provider::local::direxists(path.module)",
    "dollars": '"$$${file("/etc/passwd")}"',
    "unknown escape": r'"\$ {"',
    "unclosed string": '"abc',
    "newline in a string": '"abc\n${file("/etc/passwd")}"',
    "unclosed comment": '1 /* "',
    "unclosed brace": "{",
    "odd letter": 'ﬁle("/etc/passwd")',
    "bare carriage return": '1 # x\rfile("/etc/passwd")',
    "null": '"\0"',
}


@pytest.mark.parametrize("name", UNSAFE_EXPRESSIONS)
def test_an_expression_that_could_read_outside_is_refused(name: str) -> None:
    assert check({"main.tf": output(UNSAFE_EXPRESSIONS[name])})


UNSAFE_FILES = {
    "local-exec": RESOURCE % PROVISIONER,
    "remote-exec": RESOURCE % 'provisioner "remote-exec" {\n    inline = ["id"]\n  }',
    "unquoted label": RESOURCE % "provisioner local-exec {\n    command = 1\n  }",
    "comment before the label": RESOURCE % 'provisioner /* \n */ "local-exec" {\n    command = 1\n  }',
    "comment before the name": RESOURCE % '/* \n */ provisioner "local-exec" {\n    command = 1\n  }',
    "one line": 'resource "terraform_data" "a" { provisioner "local-exec" { command = "id" } }\n',
    "destroy time": RESOURCE % 'provisioner "local-exec" {\n    when = destroy\n    command = "id"\n  }',
    "dynamic": RESOURCE % 'dynamic "provisioner" {\n    for_each = [1]\n    content {}\n  }',
    "removed": ('removed {\n  from = terraform_data.a\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n'),
    "connection": RESOURCE % 'connection {\n    host = "x"\n  }',
    "external": 'data "external" "a" {\n  program = ["id"]\n}\n',
    "http": 'data "http" "a" {\n  url = "http://169.254.169.254/"\n}\n',
    "remote state": 'data "terraform_remote_state" "a" {\n  backend = "local"\n}\n',
    "data in a check": 'check "c" {\n  data "http" "a" {\n    url = "x"\n  }\n}\n',
    "ephemeral": 'ephemeral "aws_secret" "a" {\n}\n',
    "other resource": 'resource "null_resource" "a" {\n}\n',
    "escaped resource type": 'resource "\\u006eull_resource" "a" {\n}\n',
    "after a byte order mark": "\ufeff" + 'resource "null_resource" "a" {\n}\n',
    "provider": 'provider "aws" {\n}\n',
    "required provider": (
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
    ),
    "legacy required provider": 'terraform {\n  required_providers {\n    aws = "~> 5"\n  }\n}\n',
    "builtin by another name": (
        'terraform {\n  required_providers {\n    terraform = {\n      source = "evil/terraform"\n    }\n  }\n}\n'
    ),
    "encryption": (
        'terraform {\n  encryption {\n    key_provider "external" "a" {\n      command = ["id"]\n    }\n  }\n}\n'
    ),
    "registry module": 'module "a" {\n  source = "hashicorp/consul/aws"\n}\n',
    "git module": 'module "a" {\n  source = "git::https://example.com/x.git"\n}\n',
    "absolute module": 'module "a" {\n  source = "/etc"\n}\n',
    "parent module": 'module "a" {\n  source = "../x"\n}\n',
    "module by way of a parent": 'module "a" {\n  source = "./x/../../y"\n}\n',
    "computed module": 'module "a" {\n  source = "${var.a}"\n}\n',
    "module without source": 'module "a" {\n}\n',
    "second source": 'module "a" {\n  source = "./a"\n  source = "/etc"\n}\n',
    "concatenated source": 'module "a" {\n  source = "./a" == "" ? "./a" : "/etc"\n}\n',
    "action": 'action "local_command" "a" {\n}\n',
    "unknown block": 'anything "a" {\n}\n',
}


@pytest.mark.parametrize("name", UNSAFE_FILES)
def test_a_block_that_could_run_or_fetch_is_refused(name: str) -> None:
    assert check({"main.tf": UNSAFE_FILES[name]})


@pytest.mark.parametrize("name", ["a.tf", "deep/er/a.tf", "a.tofu", "a_override.tf", ".hidden.tf"])
def test_every_file_of_the_configuration_is_read(name: str) -> None:
    assert check({"main.tf": "", name: UNSAFE_FILES["local-exec"]})


UNSAFE_DOCUMENTS = {
    "provisioner": {"resource": {"terraform_data": {"a": {"provisioner": {"local-exec": {"command": "id"}}}}}},
    "provisioners in lists": [
        {"resource": [{"terraform_data": [{"a": [{"provisioner": [{"local-exec": [{"command": "id"}]}]}]}]}]}
    ],
    "other resource": {"resource": {"null_resource": {"a": {}}}},
    "data": {"data": {"http": {"a": {"url": "x"}}}},
    "file": {"output": {"a": {"value": '${file("/etc/passwd")}'}}},
    "file in a key": {"locals": {"a": {'${file("/etc/passwd")}': 1}}},
    "template string": {"locals": {"a": "${templatestring(local.b, {})}"}},
    "module": {"module": {"a": {"source": "hashicorp/consul/aws"}}},
    "module by number": {"module": {"a": {"source": 1}}},
    "provider": {"provider": {"aws": {}}},
    "required provider": {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}},
    "encryption": {"terraform": [{"encryption": {}}]},
    "dynamic": {"resource": {"terraform_data": {"a": {"dynamic": {"provisioner": {}}}}}},
    "unknown block": {"anything": {}},
}


@pytest.mark.parametrize("name", UNSAFE_DOCUMENTS)
def test_json_syntax_is_held_to_the_same_rules(name: str) -> None:
    assert check({"main.tf.json": json.dumps(UNSAFE_DOCUMENTS[name])})


@pytest.mark.parametrize(
    "text",
    [
        '{"resource": {"terraform_data": {"a": {"\\u0070rovisioner": {"local-exec": {}}}}}}',
        '{"output": {"a": {"value": "\\u0024{file(\\"/etc/passwd\\")}"}}}',
        '{"locals": {"a": 1}, "locals": {"b": "${file(\\"/etc/passwd\\")}"}}',
        '{"module": {"a": {"source": "./a", "source": "/etc"}}}',
        "{",
        "[" * 100_000,
    ],
)
def test_disguised_or_broken_json_is_refused(text: str) -> None:
    assert check({"main.tf.json": text})


def test_a_file_that_is_not_utf8_is_refused() -> None:
    assert check({"main.tf": b'output "a" {\n  value = "\xff"\n}\n'})


def test_a_template_file_may_not_read_outside_either() -> None:
    caller = output('templatefile("${path.module}/greeting.tpl", { name = "x" })')
    assert not check({"main.tf": caller, "greeting.tpl": "Hello ${name}"})
    assert check({"main.tf": caller, "greeting.tpl": 'Hello ${file("/etc/passwd")}'})
    assert check({"main.tf": caller, "greeting.tpl": '${templatefile("./other.tpl", {})}'})
    assert check({"main.tf": '# ${file("/etc/passwd")}\n' + output('templatefile("./main.tf", {})')})
    as_json = json.dumps({"output": {"a": {"value": '${templatefile("./greeting.tpl", {})}'}}})
    assert check({"main.tf.json": as_json, "greeting.tpl": '${file("/etc/passwd")}'})


def test_a_backend_is_refused_only_where_it_could_replace_the_sandboxs_own() -> None:
    backend = 'terraform {\n  backend "s3" {\n  }\n}\n'
    assert not check({"main.tf": backend})
    assert check({"main_override.tf": backend})
    assert check({"override.tf": backend})
    assert check({"x_override.tf.json": '{"terraform": {"cloud": {}}}'})
    assert check({"~~sandbox_override.tofu": ""})


SAFE = {
    "data as a label": 'variable "data" {\n}\nresource "terraform_data" "data" {\n  input = var.data\n}\n',
    "words in strings": output('"provisioner \\"local-exec\\" { data file(x) }"'),
    "words in comments": ('# provisioner "local-exec" {\n// data "http" "a" {\n/* file("/etc") */\nlocals {}\n'),
    "words as keys": 'locals {\n  a = { provisioner = 1, data = { file = "x" }, source = 2 }\n}\n',
    "attributes called data": output("local.data.file"),
    "inside": output('file("./a/b.txt")'),
    "module path": output('file("${path.module}/a.txt")'),
    "root path": output('filesha256("${path.root}/a.txt")'),
    "set": output('fileset(path.module, "*.txt")'),
    "own module": 'module "a" {\n  source = "./modules/a"\n  providers = {}\n}\n',
    "heredoc": ('locals {\n  a = <<-EOT\n    data "x" {\n    ${upper("x")} %{ if true }y%{ endif }\n  EOT\n}\n'),
    "escaped interpolation": output('"$${file(\\"/etc/passwd\\")} %%{ if }"'),
    "unicode text": output('"größe ✓ ﬁle"'),
    "cloud": 'terraform {\n  cloud {\n    workspaces {\n      name = "x"\n    }\n  }\n}\n',
    "builtin provider": (
        "terraform {\n  required_providers {\n    terraform = {\n"
        '      source = "terraform.io/builtin/terraform"\n    }\n  }\n}\n'
        'provider "terraform" {\n}\n'
    ),
    "everything else": (
        'moved {\n  from = a.b\n  to = a.c\n}\nimport {\n  to = terraform_data.a\n  id = "x"\n'
        '}\ncheck "a" {\n  assert {\n    condition = 1 < 2\n    error_message = "x"\n  }\n}\n'
    ),
    "windows line ends": "locals {\r\n  a = 1\r\n}\r\n",
}


@pytest.mark.parametrize("name", SAFE)
def test_harmless_configurations_pass(name: str) -> None:
    assert check({"main.tf": SAFE[name]}) == []


def test_a_module_may_use_its_neighbour() -> None:
    assert check({"modules/a/main.tf": 'module "b" {\n  source = "../b"\n}\n'}) == []


def test_harmless_json_passes() -> None:
    document = {
        "//": "a comment with file(x)",
        "resource": {"terraform_data": {"a": {"input": "${path.module} $${x}"}}},
        "terraform": {"backend": {"s3": {}}},
        "module": {"a": {"source": "./a"}},
    }
    assert check({"main.tf.json": json.dumps(document)}) == []


def test_the_refusal_names_file_line_and_reason_and_stops_at_five() -> None:
    found = check({"main.tf": "\n" + output('file("/etc/passwd")') + 'data "http" "a" {}\n' * 9})
    assert "main.tf: a block 'data' in line 5" in found
    assert len(found) == 5


_NOISE = st.sampled_from([" ", "\t", "/* ( */", "/**/", "\n", "# x\n", "// {\n"])


@settings(deadline=None)
@given(before=st.lists(_NOISE, max_size=4), inside=st.lists(_NOISE, max_size=4), deep=st.integers(0, 4))
def test_no_white_space_comment_or_nesting_hides_a_call(before: list[str], inside: list[str], deep: int) -> None:
    call = f'file{"".join(before)}({"".join(inside)}"/etc/passwd")'
    for _ in range(deep):
        call = f'"x ${{{call}}}"'
    assert check({"main.tf": output(f"({call})")})


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused_but_never_breaks_the_check(text: str) -> None:
    check({"main.tf": text, "main.tf.json": text, "a.tpl": text})


@settings(deadline=None)
@given(st.text(alphabet='abE<-$%{}"\\\n\r \t/*#()=.,~', max_size=60))
def test_a_call_after_any_text_that_passes_is_still_seen(text: str) -> None:
    prefix = f"locals {{\n  a = 1\n}}\n{text}\n"
    if not check({"main.tf": prefix}):
        assert check({"main.tf": prefix + output('file("/etc/passwd")')})


@pytest.mark.parametrize("name", ["local-exec", "http", "registry module"])
def test_a_run_of_a_refused_configuration_errs_and_says_why(api: Api, name: str) -> None:
    api.upload({"main.tf": UNSAFE_FILES[name]})
    assert api.sandbox.settle(20)
    run = api.newest_run("scratch")
    assert run["attributes"]["status"] == "errored"
    assert "the sandbox does not run this configuration: main.tf" in api.log(api.plan(run))


@pytest.mark.parametrize(
    "text",
    [
        "data " * 50_000,
        'a = file("x")\n' * 18_000,
        "required_providers {" * 12_000,
        '"${' * 80_000,
        "<<A\n" * 60_000,
        "/*" * 120_000,
        'resource "terraform_data" "a" {}\n' * 7_500,
    ],
)
def test_a_large_text_is_checked_in_reasonable_time(text: str) -> None:
    started = time.perf_counter()
    check({"main.tf": text})
    assert time.perf_counter() - started < 10


def test_json_that_is_nested_deeply_is_read_or_refused_but_never_breaks_the_check() -> None:
    for depth in (100, 300, 600, 900, 990):
        check({"main.tf.json": '{"locals": ' + "[" * depth + "]" * depth + "}"})
        check({"main.tf.json": '{"resource": ' + '{"a": ' * depth + "1" + "}" * depth + "}"})
