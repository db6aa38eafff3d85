"""Values: frozen, with the same JSON on every machine."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from msgspec import DecodeError, Meta, Struct, convert, field, to_builtins
from msgspec.json import Decoder, Encoder
from msgspec.json import format as format_json
from msgspec.msgpack import Decoder as Unpacker
from msgspec.msgpack import Encoder as Packer
from msgspec.structs import asdict, force_setattr, replace

__all__ = [
    "NO_ENTRIES",
    "DecodeError",
    "Decoder",
    "Meta",
    "Packer",
    "Struct",
    "Unpacker",
    "Value",
    "asdict",
    "convert",
    "field",
    "freeze",
    "hash_of",
    "indented_json_of",
    "json_of",
    "replace",
    "to_builtins",
]

Value = str | int | Sequence["Value"] | Mapping[str, "Value"]

NO_ENTRIES: Mapping[Any, Any] = MappingProxyType({})
"""The default of a mapping; what stays so is not written."""

# JSON knows no mapping but a dict; only frozen ones come here.
_CANONICAL = Encoder(order="sorted", enc_hook=dict)
_IN_ORDER = Encoder(enc_hook=dict)


def freeze(value: Struct, *names: str) -> None:
    """Freeze the mappings that a frozen value holds; its ``__post_init__`` calls this."""
    for name in names:
        mapping = getattr(value, name)
        if type(mapping) is not MappingProxyType:
            force_setattr(value, name, MappingProxyType(mapping) if mapping else NO_ENTRIES)


def json_of(value: Value | Struct) -> str:
    """Return a value in JSON without spaces, its keys in their order."""
    return _IN_ORDER.encode(value).decode()


def indented_json_of(value: Value | Struct) -> str:
    """Return a value in JSON for people, its keys in their order, each level one space further."""
    return format_json(_IN_ORDER.encode(value), indent=1).decode()


def hash_of(value: Value) -> str:
    """Return 128 bits of the SHA-256 of a value's canonical JSON, in hexadecimal.

    Canonical is UTF-8 without spaces, its keys sorted. Never change what this returns: locks hold
    it.
    """
    return sha256(_CANONICAL.encode(value)).hexdigest()[:32]
