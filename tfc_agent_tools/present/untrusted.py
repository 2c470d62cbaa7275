"""Text that people outside wrote: run messages, names, descriptions, log lines.

Cleaning takes out what a reader can't see or a terminal acts on, and fencing puts the rest on one quoted
line, so that it can't pass for a line of facts. Both are a cheap extra layer against prompt injection. They
are not the boundary: what an agent may do is decided by guards that no text reaches.
"""

import json
import re
from typing import Final

_INVISIBLE: Final = (
    r"\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x8f\x91-\x97\x99\x9a\x9c"  # C0 and C1, but \n, \t and the starts below
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # hyphen, joiner, fillers
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # zero width, line separators, bidi
    r"\ufe00-\ufe0f\ufff0-\ufffb\ufffe\uffff"  # variation selectors, interlinear notes, non-characters
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # controls of shorthand and music
    r"\U000e0000-\U000e0fff"  # tags (a hidden ASCII) and more variation selectors
    r"\ud800-\udfff"  # a surrogate in a string is always unpaired
)

_STARTS: Final = r"\x1b\x90\x98\x9b\x9d-\x9f"

# The set in front lets the engine skip plain text fast. A control string has to end on its own line, or it is
# none and its text is shown; it holds no other start, which keeps hostile input linear.
_UNWANTED: Final = re.compile(
    rf"""
    [{_STARTS}{_INVISIBLE}]
    (?:
      (?: (?<=\x1b)\[ | (?<=\x9b) ) [0-?]*+ [\ -/]*+ [@-~]          # CSI: colours, cursor, erasing
    | (?: (?<=\x1b)[\]PX^_] | (?<=[\x90\x98\x9d-\x9f]) )            # OSC (hyperlinks), DCS, SOS, PM, APC
      [^\n\x07\x9c{_STARTS}]*+ (?: \x07 | \x1b\\ | \x9c )
    | (?<=\x1b) (?: [\ -/]++ [0-~] | [0-OQ-WYZ\\`-~] )              # character sets, reset, cursor saved
    | [{_INVISIBLE}]++
    )?
    """,
    re.VERBOSE,
)

CUT: Final = re.compile(r"(?:…|\\u2026) \[[0-9,]+ more characters\]")
"""What stands at the end of a text that was cut, in JSON too."""
_NOT_IN_A_SOURCE: Final = re.compile(r"[^\w .,:/@#-]+")


def clean(text: str, limit: int) -> str:
    r"""The text without anything invisible or acted on, in at most `limit` characters.

    What is cut off is counted, "… [1,204 more characters]", within the limit (below 30 there may be no
    room). Lines stay lines; `\r` goes, and so do the joiners of compound emoji, which leaves their parts.
    """
    text = _UNWANTED.sub("", text)
    if len(text) <= limit:
        return text
    room = limit - len(_note(len(text)))
    return text[:room] + _note(len(text) - room) if room > 0 else text[: max(limit, 0)]


def one_line(text: str, limit: int) -> str:
    """The text cleaned and on one line, for what the API means as a word."""
    return clean(text, limit).replace("\n", " ")


def fence(source: str, text: str, limit: int = 300) -> str:
    r"""One line that says where a text comes from and quotes it: `[untrusted: run message] "Fix\nit"`.

    A newline or a quotation mark inside is escaped, so that the text can't end the quotation or start a line
    of its own. What follows `] ` is JSON and decodes to `clean(text, limit)`.
    """
    quoted = json.dumps(clean(text, limit), ensure_ascii=False)
    return f"[untrusted: {_NOT_IN_A_SOURCE.sub(' ', source)}] {quoted}"


def is_from_outside(content: str) -> bool:
    """Whether what a model is shown holds quoted text that people outside wrote."""
    return "[untrusted" in content or "\n| " in content or content.startswith("| ")


def _note(cut: int) -> str:
    return f"… [{cut:,} more characters]"
