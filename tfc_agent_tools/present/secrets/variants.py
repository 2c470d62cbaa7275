"""The forms in which one secret turns up: as it is, escaped in JSON or HCL, quoted for a URL, in base64.

Not covered, and so not found: hashes, hex, compressed or encrypted text, a part of a secret (but for whole lines of a
longer one), and base64 that was itself escaped or wrapped into lines.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST: Final = 6
"""Characters below which a value is no text to search for: `web` or `true` would be found everywhere."""
_SHORTEST_LINE: Final = 8
_UNCHANGED: Final = re.compile(r"[\w.~-]+", re.ASCII)
_ENCODERS: Final = (json.JSONEncoder(ensure_ascii=False).encode, json.JSONEncoder().encode)
_HTML: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""What Go's JSON escapes besides what all JSON does."""


def variants(secret: str) -> Iterator[str]:
    """Every form to search for, some of them twice; none for a secret that is too short."""
    bare = secret.strip()
    if len(bare) < SHORTEST:
        return
    if bare[0] == bare[-1] == '"':  # a string as HCL, which is how the API takes the values of a run's variables
        bare = bare[1:-1]
    if bare != secret:
        yield from variants(bare)
    yield secret
    yield from _in_base64(secret)
    if not _UNCHANGED.fullmatch(secret):
        yield from _escaped(secret)
        yield from _in_urls(secret)
        for line in map(str.strip, secret.splitlines()):
            if len(line) >= _SHORTEST_LINE:
                yield line
                yield from _escaped(line)


def _escaped(secret: str) -> Iterator[str]:
    """As the inside of a JSON string, then of a JSON string in a JSON string, then of HCL as Terraform prints it."""
    for encode in _ENCODERS:
        once = encode(secret)[1:-1]
        for form in (once, once.translate(_HTML)):
            yield form
            yield encode(form)[1:-1]
        yield once.replace("${", "$${").replace("%{", "%%{")


def _in_urls(secret: str) -> Iterator[str]:
    for quoted in (quote(secret, errors="surrogatepass"), quote(secret, safe="", errors="surrogatepass")):
        yield quoted
        yield re.sub("%..", lambda code: code[0].lower(), quoted)
    yield quote_plus(secret, errors="surrogatepass")


def _in_base64(secret: str) -> Iterator[str]:
    """The characters of base64 that depend on the secret alone, wherever in the encoded text it starts.

    Three bytes become four characters, so that there are three alignments. At each end, up to one character more
    holds a few bits of the secret beside others, and stays.
    """
    raw = secret.encode(errors="surrogatepass")
    for before in range(3):
        encoded = b64encode(bytes(before) + raw).decode()
        whole = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield whole
        yield whole.replace("+", "-").replace("/", "_")
