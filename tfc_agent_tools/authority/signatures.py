"""Answers that are signed: Ed25519 over one unambiguous message. Needs the extra `[signatures]`.

A public key is `ed25519:<base64 of its 32 bytes>`, a signature `ed25519:<base64 of its 64 bytes>`, a private key a PEM.
"""

from __future__ import annotations

import base64
import binascii
import json
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    from tfc_agent_tools.authority.record import Approval

_VERSION: Final = "tfc-agent-approval-v1"
_PREFIX: Final = "ed25519:"


def message(approval: Approval, *, approved: bool, approver: str) -> bytes:
    """What a person signs: which question, what it was bound to, the text that was shown, the answer, the name.

    A JSON list, so that no two answers share their bytes whatever a name holds.
    """
    answer = "approve" if approved else "reject"
    return json.dumps(
        [_VERSION, approval.id, approval.digest, approval.shown, answer, approver], separators=(",", ":")
    ).encode()


def keypair() -> tuple[bytes, str]:
    """A fresh private key as PEM, and its public key.

    Raises:
        ConfigurationError: The package cryptography is not installed.
    """
    _require()
    from cryptography.hazmat.primitives import serialization as formats
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(formats.Encoding.PEM, formats.PrivateFormat.PKCS8, formats.NoEncryption())
    return pem, _written(private.public_key())


def public_key(private_pem: bytes) -> str:
    """The public key that belongs to a private one.

    Raises:
        ConfigurationError: The key is no Ed25519 key in PEM without a password. The message holds nothing of it.
    """
    return _written(_private(private_pem).public_key())


def sign(private_pem: bytes, text: bytes) -> str:
    """The signature.

    Raises:
        ConfigurationError: The key is no Ed25519 key in PEM without a password. The message holds nothing of it.
    """
    return _PREFIX + base64.b64encode(_private(private_pem).sign(text)).decode()


def is_signed(text: bytes, signature: str, public_keys: Iterable[str]) -> bool:
    """Whether one of the keys made this signature. A malformed key or signature is none.

    Raises:
        ConfigurationError: The package cryptography is not installed; nothing that is signed counts then.
    """
    _require()
    signed = _bytes(signature, 64)
    return signed is not None and any(_verifies(text, signed, key) for key in public_keys)


def _private(pem: bytes) -> Ed25519PrivateKey:
    _require()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private: object = None
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):
        private = load_pem_private_key(pem, password=None)
    if not isinstance(private, Ed25519PrivateKey):
        msg = "the key is no Ed25519 private key in PEM without a password; `tfc-agent approvals keygen` makes one"
        raise ConfigurationError(msg)
    return private


def _written(public: Ed25519PublicKey) -> str:
    return _PREFIX + base64.b64encode(public.public_bytes_raw()).decode()


def _verifies(text: bytes, signature: bytes, public_key: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = _bytes(public_key, 32)
    if raw is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(written: str, length: int) -> bytes | None:
    try:
        raw = base64.b64decode(written.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if written.startswith(_PREFIX) and len(raw) == length else None


def _require() -> None:
    if find_spec("cryptography") is None:
        msg = "signed answers need the package cryptography: pip install 'tfc-agent-tools[signatures]'"
        raise ConfigurationError(msg)
