"""Signed URLs: where they may lead, and how long they are kept."""

import threading

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.api.blobs import SignedUrls, check_blob_url
from tfc_agent_tools.errors import UnexpectedResponse

HOME = "https://app.terraform.io"
ALLOWED = {("https", "app.terraform.io"), ("https", "archivist.terraform.io")}
pieces = st.sampled_from(
    [
        *("https", "http", ":", "//", "/", "\\", "@", "#", "?", "%2f", "%00", ".", "[", "]", "::1", ":443", ":80", "x"),
        *(
            "app.terraform.io",
            "archivist.terraform.io",
            "evil.example",
            "127.0.0.1",
            " ",
            "\t",
            "\n",
            "\x00",
            "\uff49",
            "\u3002",
        ),
    ]
)


def passes(url: str, address: str = HOME) -> bool:
    try:
        return check_blob_url(url, address, method="GET", path="/x") == url
    except UnexpectedResponse:
        return False


@given(st.lists(pieces, max_size=10).map("".join) | st.lists(pieces, max_size=8).map("".join).map("https://".__add__))
def test_what_passes_leads_to_the_same_place_when_httpx_reads_it(url: str) -> None:
    if passes(url):
        parsed = httpx.URL(url)
        assert (parsed.scheme, parsed.host) in ALLOWED
        assert parsed.port is None
        assert not parsed.userinfo


@given(st.text(max_size=60))
def test_whatever_a_server_says_is_followed_or_refused(url: str) -> None:
    assert passes(url) in {True, False}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (f"{HOME}/a?signature=1", HOME),
        ("https://ARCHIVIST.terraform.io/v1/object/x", HOME),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/a", "http://[::1]:8080"),
        ("https://tfe.example:8443/a", "https://tfe.example:8443"),
        ("https://tfe.example/a", "https://tfe.example:443"),
    ],
)
def test_the_servers_own_origin_and_its_store_pass(url: str, address: str) -> None:
    assert passes(url, address)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8081/a", "http://127.0.0.1:8080"),
        ("http://127.0.0.1/a", "http://127.0.0.1:8080"),
        ("http://localhost:8080/a", "http://127.0.0.1:8080"),
        ("https://archivist.terraform.io/a", "https://tfe.example"),
        ("https://archivist.terraform.io/a", "http://127.0.0.1:8080"),
        ("http://tfe.example:443/a", "https://tfe.example"),
        ("https://tfe.example:80/a", "https://tfe.example"),
        ("https://user@app.terraform.io/a", HOME),
        ("https://user:password@archivist.terraform.io/a", HOME),
        ("https://@app.terraform.io/a", HOME),
        ("https://app.terraform.io/a b", HOME),
        ("https://app.terraform.io\t/a", HOME),
        ("https://app.terr\naform.io/a", HOME),
        (" https://app.terraform.io/a", HOME),
        ("https://app.terraform.io/\x00", HOME),
        ("https://app.terraform.io/\u202e", HOME),
        ("https://app.terraform.io/é", HOME),
    ],
)
def test_another_port_scheme_or_server_does_not_nor_what_two_parsers_may_read_in_two_ways(
    url: str, address: str
) -> None:
    assert not passes(url, address)


def test_a_url_is_handed_out_once() -> None:
    urls = SignedUrls()
    urls.keep("cv-1", "https://x/1")
    assert "cv-1" in urls
    assert urls.take("cv-1") == "https://x/1"
    assert urls.take("cv-1") is None
    assert "cv-1" not in urls


def test_one_of_many_threads_gets_it() -> None:
    urls, got, barrier = SignedUrls(), list[str | None](), threading.Barrier(16)
    urls.keep("cv-1", "https://x/1")

    def take() -> None:
        barrier.wait()
        got.append(urls.take("cv-1"))

    threads = [threading.Thread(target=take) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=str) == [None] * 15 + ["https://x/1"]


def test_the_newest_thousand_are_kept_and_none_is_shown() -> None:
    urls = SignedUrls()
    for number in range(1_100):
        urls.keep(f"cv-{number}", f"https://x/s1gned-{number}")
    assert "cv-99" not in urls
    assert "cv-100" in urls
    assert "s1gned" not in f"{urls} {urls!r}"
