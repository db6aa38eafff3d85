"""Values have one JSON and one hash, on every machine and for ever."""

import json
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from ankibuild.core.values import Value, hash_of

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
