"""Values: frozen, with the same JSON on every machine."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from msgspec import DecodeError, Struct, convert, field, to_builtins
from msgspec.json import Decoder, Encoder
from msgspec.structs import asdict, replace

__all__ = [
    "DecodeError",
    "Decoder",
    "Struct",
    "Value",
    "asdict",
    "convert",
    "field",
    "hash_of",
    "json_of",
    "replace",
    "to_builtins",
]

Value = str | int | Sequence["Value"] | Mapping[str, "Value"]

_CANONICAL = Encoder(order="sorted")
_IN_ORDER = Encoder()


def json_of(value: Value | Struct) -> str:
    """Return a value in JSON without spaces, its keys in their order."""
    return _IN_ORDER.encode(value).decode()


def hash_of(value: Value) -> str:
    """Return 128 bits of the SHA-256 of a value's canonical JSON, in hexadecimal.

    Canonical is UTF-8 without spaces, its keys sorted. Never change what this returns: locks hold
    it.
    """
    return sha256(_CANONICAL.encode(value)).hexdigest()[:32]
