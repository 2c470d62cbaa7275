"""Known secrets are hidden in every form in which they turn up, and nothing else is."""

from __future__ import annotations

import copy
import json
import pickle
import re
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.present.secrets.cty import TYPE_WORDS
from tfc_agent_tools.present.secrets.search import searcher
from tfc_agent_tools.present.secrets.variants import SHORTEST, variants

HIDDEN = "(sensitive)"
SECRET = 'pä55"w0rd\\ <&>/+${x}\u2028\U0001f511'
MULTI_LINE = "first line of it\nsecond 'line' of it\nx\nlast \"line\" of it"


def letters(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def go_json(text: str) -> str:
    """What Go's encoding/json writes."""
    shown = letters(text)
    for sign in "<>&\u2028":
        shown = shown.replace(sign, f"\\u{ord(sign):04x}")
    return shown


def unpadded(text: str, before: str = "", after: str = "") -> str:
    return b64encode((before + text + after).encode()).decode().rstrip("=")


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in JSON": lambda s: json.dumps(s)[1:-1],
    "in JSON with its letters": letters,
    "in JSON of Go": go_json,
    "in JSON in JSON": lambda s: json.dumps(json.dumps(s))[3:-3],
    "in JSON in JSON with its letters": lambda s: letters(letters(s)),
    "in JSON of Go in JSON of Go": lambda s: letters(go_json(s)),
    "as HCL": lambda s: letters(s).replace("${", "$${"),
    "in a path": quote,
    "in a URL": lambda s: quote(s, safe=""),
    "in a URL with small digits": lambda s: re.sub("%..", lambda code: code[0].lower(), quote(s, safe="")),
    "in a query": quote_plus,
}


@pytest.mark.parametrize("secret", [SECRET, "s3cr3t-pa55", "a/b+c=d&e", MULTI_LINE])
@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_secret_is_hidden_in_each_of_its_forms(form: Callable[[str], str], secret: str) -> None:
    assert Scrubber([secret]).text(f"before {form(secret)} after") == f"before {HIDDEN} after"


@pytest.mark.parametrize("secret", ["secret", "s3cr3t-", "s3cr3t-p", "s3cr3t-pa55", SECRET, MULTI_LINE])
@pytest.mark.parametrize("around", [("", ""), ("#", "\n"), ("ab", "cd"), ("abc", "de"), ("", "ÿÿÿ>>>??")])
def test_base64_is_found_wherever_in_it_the_secret_starts(secret: str, around: tuple[str, str]) -> None:
    for encode in (b64encode, urlsafe_b64encode):
        encoded = encode((around[0] + secret + around[1]).encode()).decode()
        shown = Scrubber([secret]).text(encoded)
        left = shown.replace(HIDDEN, "").rstrip("=")
        assert HIDDEN in shown
        assert len(left) <= len(unpadded(*around)) + 4
        assert unpadded(secret) not in shown


def test_each_line_of_a_long_secret_is_hidden_alone_and_a_short_line_is_not() -> None:
    shown = Scrubber([MULTI_LINE]).text(
        "    first line of it\n  + second 'line' of it\n  x\n  last \\\"line\\\" of it\n"
    )
    assert shown == f"    {HIDDEN}\n  + {HIDDEN}\n  x\n  {HIDDEN}\n"
    assert Scrubber([MULTI_LINE]).text('> last "line" of it') == f"> {HIDDEN}"


@pytest.mark.parametrize("secret", ["hunter2\n", "  hunter2 ", '"hunter2"', '"hunter2"\n'])
def test_space_and_quotes_around_a_secret_are_no_part_of_it(secret: str) -> None:
    assert Scrubber([secret]).text("x hunter2x 68756e74657232 %22hunter2") == f"x {HIDDEN}x 68756e74657232 %22{HIDDEN}"


@pytest.mark.parametrize("short", ["web", "1", "a-b", "12345"])
def test_a_short_secret_is_hidden_only_where_it_is_all_there_is(short: str) -> None:
    scrubber = Scrubber([short])
    assert scrubber.text(f"{short} x{short}x {short}") == f"{short} x{short}x {short}"
    data = {short: [short, f"x{short}", {"a": short}], "n": [1, 12345, True]}
    assert scrubber.data(data) == {short: [HIDDEN, f"x{short}", {"a": HIDDEN}], "n": [1, 12345, True]}


def test_what_says_nothing_is_never_secret() -> None:
    nothing = [True, False, None, "", " ", "\n\n\n\n\n\n\n\n", "true", "False", "null", "string", "object", HIDDEN]
    data = {"true": ["", " ", True, False, None, "true", "False", "null", 1, 0, "string", "x true y", "      "]}
    assert Scrubber([*nothing, b"not text", object()]).data(data) == data
    assert repr(Scrubber(nothing)) == "<Scrubber of 0 values>"


def test_numbers_are_hidden_as_whole_numbers_and_long_ones_as_text_too() -> None:
    scrubber = Scrubber([8080, 12345678, 0.5, 31.41592, 99999999.0])
    data = {"n": [8080, 8080.0, Decimal(8080), 80801, 12345678, 0.5, Decimal("0.5"), 31.41592, 5, True, 99999999]}
    assert scrubber.data(data) == {"n": [*[HIDDEN] * 3, 80801, *[HIDDEN] * 4, 5, True, HIDDEN]}
    assert scrubber.data(["8080", "12345678", "id-12345678.", "31.41592"]) == ["8080", HIDDEN, f"id-{HIDDEN}.", HIDDEN]


def test_a_long_secret_hides_the_number_that_it_spells() -> None:
    assert Scrubber(["12345678", "1234"]).data([12345678, 12345678.0, 1234]) == [HIDDEN, HIDDEN, 1234]


HUGE = [1 << 20_000, 10**400, 1e300, float("inf"), Decimal("1e999999999")]


@pytest.mark.parametrize("number", HUGE, ids=range(len(HUGE)))
def test_a_number_of_any_size_can_be_secret(number: Any) -> None:
    assert Scrubber([number]).data([number, 7]) == [HIDDEN, 7]


def test_keys_are_scrubbed_and_two_that_become_the_same_stay_two() -> None:
    shown = Scrubber(["s3cr3t-one", "s3cr3t-two"]).data(
        {"s3cr3t-one": 1, "s3cr3t-two": 2, "x-s3cr3t-one": 3, HIDDEN: 4}
    )
    assert shown == {HIDDEN: 1, f"{HIDDEN} 2": 2, f"x-{HIDDEN}": 3, f"{HIDDEN} 3": 4}


def test_secrets_that_overlap_are_hidden_from_the_first_to_the_last_character() -> None:
    assert Scrubber(["abcdefgh", "fghijklm"]).text("<abcdefghijklm>") == f"<{HIDDEN}>"
    nested = Scrubber(["abcdef", "abcdefgh", "abcdefgh-ij"])
    assert nested.text("abcdefgh abcdefg abcdefz abcdefgh-iz") == f"{HIDDEN} {HIDDEN}g {HIDDEN}z {HIDDEN}-iz"


def test_a_known_secret_and_the_credential_that_it_is_part_of_are_hidden_as_one() -> None:
    scrubber = Scrubber(["s3cr3t-pa55", "word"])
    assert scrubber.text('password = "s3cr3t-pa55" x') == f'password = "{HIDDEN}" x'
    assert scrubber.text('password = "my s3cr3t-pa55!" x') == f'password = "{HIDDEN}" x'


@pytest.mark.parametrize(
    "text",
    [
        'password = "a"',
        "password=a",
        "token: a1",
        "https://u:pass@h/v1/object/abcdefgh",
        '"token":"a"',
        r"\"token\":\"a\"",
        "Authorization: Basic YTpiYTpiYTpi",
        "sig s3cr3t-pa55 s3cr3t-pa55",
        "s3cr3t-pa55s3cr3t-pa55",
        f"{HIDDEN}s3cr3t-pa55 x{HIDDEN}",
    ],
)
def test_hidden_text_is_not_hidden_again(text: str) -> None:
    scrubber = Scrubber(["s3cr3t-pa55", "sensitive"])
    once = scrubber.text(text)
    assert HIDDEN in once
    assert f"{HIDDEN}{HIDDEN}" not in once
    assert scrubber.text(once) == once


@pytest.mark.parametrize("length", [SHORTEST, 127, 128, 129, 300, 10_000])
def test_a_secret_of_any_length_is_hidden_whole(length: int) -> None:
    secret = "".join(chr(97 + number * number % 23) for number in range(length))
    assert Scrubber([secret]).text(f"-{secret}-{secret}-") == f"-{HIDDEN}-{HIDDEN}-"


def test_text_under_a_telling_name_is_hidden_whatever_it_is() -> None:
    data = {
        "db_password": "a",
        "authToken": ["b", 1],
        "secret": {"value": "c", "id": "d"},
        "env": [{"name": "API_KEY", "value": "e"}, {"name": "REGION", "value": "f"}],
    }
    assert Scrubber().data(data) == {
        "db_password": HIDDEN,
        "authToken": [HIDDEN, 1],
        "secret": {"value": HIDDEN, "id": "d"},
        "env": [{"name": "API_KEY", "value": HIDDEN}, {"name": "REGION", "value": "f"}],
    }


def test_other_names_and_other_values_stay() -> None:
    telling = {"AWS-Secret-Key": "", "token": None, "password": 5, "secret": {"id": "a"}, "passwd": True}
    silent = {"kms_key_id": "a", "token_type": "b", "password_policy": {"x": "c"}, "key": "d", "rsa-public-key": "e"}
    types = {"value": {}, "type": ["object", {"db_password": "string", "tokens": ["list", "string"]}]}
    data = {"a": telling, "b": silent, "c": types}
    assert Scrubber().data(data) == data


def test_what_is_no_json_is_hidden() -> None:
    assert Scrubber().data([object(), b"bytes", (1, 2), {1}]) == [HIDDEN] * 4


def test_nested_too_deep_is_refused_and_not_a_recursion_error() -> None:
    deep: Any = "s3cr3t-pa55"
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(Unreadable, match="nested more than 200 levels deep") as caught:
        Scrubber().data(deep)
    assert "s3cr3t" not in str(caught.value)


# without the letters s and k no name is telling
plain = st.characters(
    categories=["L", "N", "Zs"], include_characters="-_/+=\"\\<&%{}$\n'", exclude_characters="sSkK\u212a"
)
words = st.text(plain, min_size=1, max_size=20)
json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


def texts_in(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [*data, *(text for value in data.values() for text in texts_in(value))]
    return (
        [text for value in data for text in texts_in(value)]
        if isinstance(data, list)
        else [data] * isinstance(data, str)
    )


@given(st.lists(words, max_size=5), words, words)
def test_no_secret_is_left_in_any_text(secrets: list[str], before: str, after: str) -> None:
    long = [secret for secret in secrets if len(secret.strip()) >= SHORTEST and secret not in {HIDDEN, *TYPE_WORDS}]
    shown = Scrubber(secrets).text(before + "".join(secrets) + after + json.dumps(secrets) + before)
    left = shown.split(HIDDEN)
    assert not [secret for secret in long for part in left if secret in part]


@given(st.lists(words, max_size=5), json_data)
def test_scrubbing_twice_is_scrubbing_once(secrets: list[str], data: Any) -> None:
    scrubber = Scrubber(secrets)
    once = scrubber.data([data, secrets])
    assert scrubber.data(once) == once
    assert Scrubber().data(once) == once


@given(json_data)
def test_data_without_secrets_comes_out_equal(data: Any) -> None:
    assert Scrubber(["s3cr3t-pa55", "s3cr3t-\n-pa55"]).data(data) == data


@given(st.sets(st.text("ab.", min_size=SHORTEST, max_size=12), max_size=40), st.text("ab.", max_size=200))
def test_the_search_finds_just_what_looking_for_each_string_finds(strings: set[str], text: str) -> None:
    found = {at for start, end in searcher(strings)(text) for at in range(start, end)}
    expected = {
        at + offset
        for string in strings
        for at in range(len(text))
        if text.startswith(string, at)
        for offset in range(len(string))
    }
    assert found == expected


def test_a_wider_scrubber_knows_more_and_gives_the_same_digests() -> None:
    narrow = Scrubber(["s3cr3t-one"])
    wide = narrow.and_also(["s3cr3t-two", 12345])
    assert narrow.text("s3cr3t-one s3cr3t-two") == f"{HIDDEN} s3cr3t-two"
    assert wide.text("s3cr3t-one s3cr3t-two") == f"{HIDDEN} {HIDDEN}"
    assert repr(wide) == "<Scrubber of 3 values>"
    assert wide.and_also(["s3cr3t-one", None, True]) is wide
    assert wide.digest("x") == narrow.digest("x")
    other = Scrubber(key=b"another")
    assert other.and_also(["a"]).digest("x") == other.digest("x") == Scrubber(key=b"another").digest("x")


def test_a_digest_tells_equal_from_different_and_means_nothing_without_the_key() -> None:
    scrubber = Scrubber()
    digests = {scrubber.digest(value) for value in ["1", 1, "a", ["a"], {"a": 1}, None]}
    assert len(digests) == 6
    assert scrubber.digest({"a": 1, "b": 2}) == scrubber.digest({"b": 2, "a": 1})
    assert all(len(digest) == 16 for digest in digests)
    assert Scrubber(key=b"one").digest("a") != Scrubber(key=b"two").digest("a")


def test_nothing_that_shows_a_scrubber_shows_its_secrets() -> None:
    scrubber = Scrubber(["s3cr3t-pa55", 12345678], key=b"the-digest-key")
    scrubber.text("prepare the search")
    attributes = [repr(getattr(scrubber, name)) for name in Scrubber.__slots__]
    shown = f"{scrubber!r} {scrubber} {attributes}"
    assert not [secret for secret in ("s3cr3t", "12345678", "the-digest") if secret in shown]
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(scrubber)
    assert copy.deepcopy({"a": scrubber})["a"] is scrubber


def test_a_hundred_thousand_secrets_can_be_searched_for() -> None:
    secrets = [f"s3cr3t-{number:06}" for number in range(100_000)]
    start = time.process_time()
    shown = Scrubber(secrets).text("s3cr3t-099999 " * 1000 + "s3cr3t-100000")
    assert shown == f"{HIDDEN} " * 1000 + "s3cr3t-100000"
    assert time.process_time() - start < 10


@pytest.mark.parametrize("secrets", [["a" * n + "b" for n in range(6, 200)], ["a" * n for n in range(6, 200)]])
def test_hostile_secrets_and_text_take_linear_time(secrets: list[str]) -> None:
    scrubber = Scrubber(secrets)
    start = time.process_time()
    scrubber.text("a" * 200_000)
    assert time.process_time() - start < 5


def test_every_form_that_is_searched_for_is_long_enough_for_the_search() -> None:
    secrets = [
        "secret",
        "ß" * SHORTEST,
        SECRET,
        MULTI_LINE,
        "\ud800" * SHORTEST,
        "  a  b  c  ",
        '""""""',
        "a\nb\nc\nd\ne",
    ]
    assert min(len(form) for secret in secrets for form in variants(secret)) >= SHORTEST
