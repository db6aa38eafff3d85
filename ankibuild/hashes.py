"""Hashes of values: short, and the same on every machine."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

Value = str | int | Sequence["Value"] | Mapping[str, "Value"]

_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def hash_of(value: Value) -> str:
    """Return 128 bits of the SHA-256 of a value's canonical JSON, in hexadecimal."""
    return sha256(_CANONICAL.encode(value).encode()).hexdigest()[:32]
