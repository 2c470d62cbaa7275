"""Credentials are found by their looks and by the name in front of them; what only looks a little like one stays."""

from __future__ import annotations

import time

import pytest

from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.present.secrets.credentials import credential_spans, is_telling

ALNUM = "aZ09" * 20
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP_mB92K27uhbUJU1p1r"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC+/=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"token {ALNUM[:14]}.atlasv1.{ALNUM[:67]} of ana", "token § of ana"),
        ("https://archivist.terraform.io/v1/object/dmF1bHQ6djE6 now", "https://archivist.terraform.io/v1/object/§ now"),
        ("https://tfe.acme.io/_archivist/v1/object/dmF1bHQ6djE6", "https://tfe.acme.io/_archivist/v1/object/§"),
        ("s3/x?X-Amz-Credential=AKIA%2F1&X-Amz-Date=1", "s3/x?X-Amz-Credential=§&X-Amz-Date=1"),
        ("gs/x?X-Goog-Date=1&X-Goog-Signature=ab12", "gs/x?X-Goog-Date=1&X-Goog-Signature=§"),
        ("blob?sv=2&sig=abcdefghijklmnop%3D&x=1", "blob?sv=2&sig=§&x=1"),
        (r"blob?sv=2\u0026sig=abcdefghijklmnop%3D", r"blob?sv=2\u0026sig=§"),
        ("AKIAIOSFODNN7EXAMPLE and ASIAIOSFODNN7EXAMPLE", "§ and §"),
        (f"<{PEM}>", "<§>"),
        (PEM.replace("\n", "\\n") + '",', '§",'),
        (f"{PEM[:48]}\nIBAAKC", "§"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOY\n=x\n-----END PGP PRIVATE KEY BLOCK-----", "§"),
        (f"ghp_{ALNUM[:36]} github_pat_{ALNUM[:40]} glpat-{ALNUM[:20]}", "§ § §"),
        ("xoxb-123456789012-abcdef https://hooks.slack.com/services/T0/B0/xyz", "§ https://hooks.slack.com/services/§"),
        ("https://acme.webhook.office.com/webhookb2/11111111@2222/x", "https://acme.webhook.office.com/§"),
        (f"jwt={JWT}", "jwt=§"),
        (f"hvs.{ALNUM[:24]} AIza{ALNUM[:35]} npm_{ALNUM[:36]} sk_live_{ALNUM[:24]} sk-ant-{ALNUM[:24]}", "§ § § § §"),
        ("Authorization: Bearer abcdefghij.klmnop-12", "Authorization: Bearer §"),
        ('"authorization": "Basic YTpi"', '"authorization": "Basic §"'),
        ("postgres://app:p@ss:w0rd@db:5432/app", "postgres://app:§@db:5432/app"),
        ("git::https://x-access-token:abc@github.com/a/b", "git::https://x-access-token:§@github.com/a/b"),
    ],
)  # fmt: skip
def test_credentials_are_found_by_their_shape(text: str, shown: str) -> None:
    assert Scrubber().text(text) == shown.replace("§", "(sensitive)")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('password = "a b"', 'password = "§"'),
        ('  ~ db_password   = "old" -> "new" # forces', '  ~ db_password   = "§" -> "§" # forces'),
        ('"client_secret": "a\\"b", "id": "c"', '"client_secret": "§", "id": "c"'),
        (r'{\"password\":\"a\\\"b\",\"id\":\"c\"}', r'{\"password\":\"§\",\"id\":\"c\"}'),
        ("'apiKey': 'it\\'s', 'x': 'y'", "'apiKey': '§', 'x': 'y'"),
        ('"token" => "abc"', '"token" => "§"'),
        ('{"name":"DB_PASSWORD","value":"abc"}', '{"name":"DB_PASSWORD","value":"§"}'),
        (r'[{\"name\": \"DB_PASSWORD\", \"value\": \"abc\"}]', r'[{\"name\": \"DB_PASSWORD\", \"value\": \"§\"}]'),
        ("TFE_TOKEN=abc AWS_SECRET_ACCESS_KEY=a/b+c region=eu", "TFE_TOKEN=§ AWS_SECRET_ACCESS_KEY=§ region=eu"),
        ("GET /x?token=abc&page=2", "GET /x?token=§&page=2"),
        ("Server=db;User=sa;Password=a(b)c;Encrypt=true", "Server=db;User=sa;Password=§;Encrypt=true"),
        ("hmac-key: abc\npassword:   hunter2 # old", "hmac-key: §\npassword:   § # old"),
        ("ssh-key:\tabc,\r\nsecret  =   a b", "ssh-key:\t§,\r\nsecret  =   § b"),
        ("secret = (abc)", "secret = §"),
        ('password = "cut off', 'password = "§'),
        ("İ PASSWORD=İİ x", "İ PASSWORD=§ x"),
    ],
)  # fmt: skip
def test_credentials_are_found_by_a_telling_name(text: str, shown: str) -> None:
    assert Scrubber().text(text) == shown.replace("§", "(sensitive)")


@pytest.mark.parametrize(
    "text",
    [
        "password = (sensitive value)",
        "+ token = (known after apply)",
        "secret: (sensitive)",
        "password = (sensitive value) -> (known after apply)",
        "Error: Invalid token: unexpected end of input",
        "token == null ? 1 : 2",
        "password = null -> false",
        "password = var.db_password",
        "password = <<-EOT",
        'kms_key_id = "k" secret_arn = "a" token_type = "bearer" password_policy = "x" rsa-public-key = "y" key = "z"',
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
        "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIID\n-----END PUBLIC KEY-----",
        "https://host:8080/path?to=a@b http://[::1]:80/ ssh://git@github.com:22/x",
        "token: none was given",
        "Bearer authentication and Basic authentication are not supported",
        "password = \"\" token: ''",
        'resource "random_password" "token" {',
        "terraform_data.db: Refreshing state... [id=25fc18f3-0fdf-160d-0d4e-c17286a41ad3]",
        "Plan: 1 to add, 0 to change, 0 to destroy.",
        "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
        "run-CZcmD7eagjhyX0vN ws-YnyXLq9fy38afEeb /api/v2/runs/run-CZcmD7eagjhyX0vN",
    ],
)  # fmt: skip
def test_what_is_no_credential_stays(text: str) -> None:
    assert Scrubber().text(text) == text


TELLING = (
    "token hmac-key hmac_key secret private-key ssh-key auth-token password passwd aws-secret-key azure-client-secret "
    "client_secret connection_string db_password master_password DB_PASSWORD dbPassword clientSecret apiKey api.key "
    "AWS_SECRET_ACCESS_KEY primary_connection_string private_key_pem session-token TFE_TOKEN secret_string webhook-url"
)
SILENT = (
    "rsa-public-key token_type key kms_key_id secret_arn password_policy name id tokens_used public_key key_name keys "
    "hash_key secret_id has-secret-rotation password_length ssh_key_id credentials_expire"
)


def test_names_tell_by_their_last_words_in_any_spelling() -> None:
    assert [name for name in TELLING.split() if not is_telling(name)] == []
    assert [name for name in SILENT.split() if is_telling(name)] == []


HOSTILE = [
    *("token", 'password="', "://", "://a:", "eyJ", "eyJaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "Bearer "),
    *("v1/object/", ".atlasv1.", "token" + " " * 40, "token" + "\\" * 4, 'token: "\\"', "token: aaa", "kube config "),
    *("token=", "?sig=", "İtoken=", "a", "-", "\n", "secret secret string ", '"name":"token","value":"', "xoxb-"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit)) + "a" * size
        start = time.process_time()
        for _ in credential_spans(text):
            pass
        return time.process_time() - start

    assert seconds(200_000) < 1
