"""What credentials look like: tokens by their shape, and values by the name in front of them.

This is the net under the marks of Terraform and the values that are known. It finds nothing that has neither a known
shape nor a telling name, such as an AWS secret key in the middle of a sentence.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Span = tuple[int, int]
"""Where something is in a text: start, and end past it."""

# Each alternative starts with a letter or sign of its own, which lets the engine skip the rest fast, and every run is
# possessive or bounded, which keeps hostile input linear. A group is the secret part; without one all of it is.
_SHAPES: Final = re.compile(
    r"""
    \.atlasv1\.[\w-]{20,200}                                                   # HCP Terraform; its id stands in front
  | (?:v1/object|_blobs)/ ([^\s"'<>\\)]{6,4000})                               # archivist: the path is the key
  | X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)= ([^\s&"'<>\\]{1,4000})
  | sig(?<=[?&6;]sig)= ([\w%+/=-]{16,400})                                     # Azure; 6 and ; end an escaped &
  | (?:AKIA|ASIA)[A-Z2-7]{16}
  | -----BEGIN[ ][A-Z0-9 ]{0,30}PRIVATE[ ]KEY(?:[ ]BLOCK)?-----
    (?: (?:[^-]|-(?!----))*+ -----END[^-\n]{0,40}----- | [A-Za-z0-9+/=\s\\"|]*+ )
  | gh[oprsu]_\w{20,300} | github_pat_\w{20,300}
  | gl(?:agent|cbt|dt|ft|imt|pat|ptt|rt|soat)-[\w-]{16,300}
  | xox[abeoprs]-[\w-]{10,300}
  | hooks\.slack\.com/(?:services|triggers|workflows)/ ([\w/-]{8,300})
  | webhook\.office\.com/ ([^\s"'<>\\]{16,600})
  | eyJ(?<![\w-]eyJ)[\w-]{8,8000}+\.[\w-]{8,16000}+\.[\w-]{8,4000}             # JWT
  | hv[bsr]\.[\w-]{20,300}                                                     # Vault
  | AIza[\w-]{35} | ya29\.[\w-]{20,300}                                        # Google
  | [sr]k_live_\w{16,300} | sk-[a-z]{2,8}-[\w-]{20,300} | npm_\w{36} | dop_v1_\w{64} | SG\.[\w-]{16,64}\.[\w-]{16,64}
  | [Bb]earer[ ]{1,4} ([\w.~+/=-]{16,4000})
  | uthorization[\\"']{0,4}[ ]?[:=][ ]?[\\"']{0,4}Basic[ ]{1,4} ([\w+/=-]{4,4000})
  | ://[^\s/:@"'<>\\]{0,200}: ([^\s/"'<>\\]{1,500})@                           # the password of a URL
    """,
    re.VERBOSE | re.ASCII,
)
_TOKEN_ID: Final = re.compile(r"[A-Za-z0-9]{1,40}\Z")

_TELLING: Final = (
    "token", "secret", "secret string", "password", "passwd", "passphrase", "credentials", "connection string",
    "access key", "account key", "api key", "client key", "hmac key", "master key", "private key",
    "private key openssh", "private key pem", "secret key", "shared key", "signing key", "ssh key",
    "kube config", "kube config raw", "webhook url",
)  # fmt: skip
"""Last words of names whose text is secret: `db_password`, `aws-secret-key`, `authToken`, but not `kms_key_id`."""
_TELLING_ENDS: Final = tuple(words.replace(" ", "") for words in _TELLING)
_PUNCTUATION: Final = str.maketrans("", "", "-_. ")
_LONGEST_NAME: Final = 200

_NAME: Final = "|".join(words.replace(" ", "[-_. ]?") for words in sorted(_TELLING, reverse=True))
_QUOTED: Final = r"""
      \\" ( (?: \\\\\\" | [^"\\\n] | \\(?!") )*+ )                             # in JSON in a string
    | "   ( (?: [^"\\\n] | \\. )*+ ) (?: "[ ]->[ ]" ( (?: [^"\\\n] | \\. )*+ ) )?   # Terraform shows old -> new
    | '   ( (?: [^'\\\n] | \\. )*+ )
"""
_BARE: Final = r"""[^\s"'&,;{}\[\]<>\\]"""
_HARMLESS: Final = r"""
    (?! (?:null|true|false|none)\b | (?:var|local|module|data|each|self)\. | <<[-~]?\w
      | \((?:sensitive|known|write-only) )
"""
_NAMED: Final = re.compile(
    rf"""
    (?:{_NAME}) \\{{0,4}}["']? [ \t]{{0,40}}
    (?: =>?(?![=~>]) [ \t]{{0,8}} {_HARMLESS} (?: {_QUOTED} | ({_BARE}++) )
      | (?: : | ,[ ]?\\{{0,4}}"value\\{{0,4}}"[ ]?: ) [ \t]{{0,8}} {_HARMLESS}
        (?: {_QUOTED}
          | (?<=[ \t]) ( (?={_BARE}{{0,200}}\d) {_BARE}++                       # not: "token: none was given"
                       | {_BARE}++(?=[,;]?[ \t\r]{{0,40}}$) )
        )
    )
    """,
    re.VERBOSE | re.ASCII | re.MULTILINE,
)


def credential_spans(text: str) -> Iterator[Span]:
    """Where credentials stand in a text, in no order; they may overlap. About 70 ms for a megabyte of log."""
    for found in _SHAPES.finditer(text):
        start, end = found.span(found.lastindex or 0)
        if found[0].startswith(".atlasv1."):
            start = _start_of_token(text, start)
        yield start, end
    for found in _NAMED.finditer(_lowered(text)):
        yield from (span for span in found.regs[1:] if span[0] < span[1])


@lru_cache(maxsize=4096)
def is_telling(name: str) -> bool:
    """Whether text under this name is secret for its name alone. Case and `-`, `_`, `.` make no difference."""
    return name[-_LONGEST_NAME:].translate(_PUNCTUATION).lower().endswith(_TELLING_ENDS)


def _start_of_token(text: str, start: int) -> int:
    before = _TOKEN_ID.search(text[max(0, start - 40) : start])
    return start - len(before[0]) if before else start


def _lowered(text: str) -> str:
    """In lower case and of the same length, so that places stay the same."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)
