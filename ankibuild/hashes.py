"""Hashes of values: short, and the same on every machine."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

Value = str | int | Sequence["Value"] | Mapping[str, "Value"]


def hash_of(value: Value) -> str:
    """Return 128 bits of the SHA-256 of a value's canonical JSON, in hexadecimal."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return sha256(text.encode()).hexdigest()[:32]
