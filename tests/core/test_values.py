"""Values have one JSON and one hash, on every machine and for ever."""

import json
from collections.abc import Mapping
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankibuild.core.values import (
    NO_ENTRIES,
    Decoder,
    Struct,
    Value,
    freeze,
    hash_of,
    json_of,
    replace,
)

_TEXTS = st.text(st.characters(codec="utf-8"))
_VALUES = st.recursive(
    _TEXTS | st.integers(-(2**63), 2**63 - 1),
    lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner),
    max_leaves=12,
)


@given(_VALUES)
def test_the_hash_of_a_value_is_of_its_canonical_json(value: Value) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert hash_of(value) == sha256(text.encode()).hexdigest()[:32]


class Holder(Struct, frozen=True, omit_defaults=True):
    names: Mapping[str, str]
    more: Mapping[str, str] = NO_ENTRIES

    def __post_init__(self) -> None:
        freeze(self, "names", "more")


@pytest.mark.parametrize(
    "holder",
    [
        Holder({"b": "c", "a": "d"}),
        replace(Holder({}, {"x": "y"}), names={"b": "c", "a": "d"}, more={}),
        Decoder(Holder).decode('{"names":{"b":"c","a":"d"}}'),
    ],
)
def test_the_mappings_of_a_value_are_frozen_and_written_as_before(holder: Holder) -> None:
    for mapping in (holder.names, holder.more):
        with pytest.raises(TypeError):
            mapping["e"] = "f"  # type: ignore[index]
    assert json_of(holder) == '{"names":{"b":"c","a":"d"}}'
    assert hash_of(holder.names) == hash_of({"a": "d", "b": "c"})
