"""Locks with the right checksum that hold what no release could have written."""

import json
from collections.abc import Iterator

from tests.helpers.demo import with_checksum

ODD: tuple[object, ...] = (
    *(None, True, -1, 0, 1, 1.5, 10**12, 10**18, 10**20, "", " ", "x", "\x00", "\x1f", "::", "a b"),
    *("\x1b[2J", "../x", "99.0.0", "2.0", "nobody", "carried/", "carried/x", "x" * 5000),
    *([], [[]], [""], ["a b"], [1], {}, {"": ""}, {"x": "y"}, {"-1": 1}, {"0": 5}, {"7": [["x"]]}),
    *({"1": [[]]}, {"Text": "{{c" + "9" * 5000 + "::x}}"}, {"Back": "a\x1fb"}, {"a/b": "c"}),
)
"""Values of every kind, and some that would be right elsewhere."""

TOO_LARGE = ("9" * 5000, "1e400", "NaN", "[" * 5000 + "]" * 5000)
"""What Python's own ``json`` reads or writes in another way, as it stands."""


def odd_locks(text: str) -> Iterator[tuple[str, str]]:
    """Yield a lock with one value of one record replaced by each odd one, and what was done."""
    lines = text.splitlines()
    for place, line in enumerate(lines[:-1]):
        record = json.loads(line)
        for name, value in record.items():
            for odd in ODD:
                if odd != value:
                    changed = _json({**record, name: odd})
                    yield f"{name}: {odd!r:.40}", _with_line(lines, place, changed)
            for odd in TOO_LARGE:
                changed = _json({**record, name: 0}).replace(f'"{name}":0', f'"{name}":{odd}')
                yield f"{name}: {odd:.40}", _with_line(lines, place, changed)
            less = {each: record[each] for each in record if each != name}
            yield f"without {name}", _with_line(lines, place, _json(less))


def disordered_locks(text: str) -> Iterator[tuple[str, str]]:
    """Yield a lock with a record missing, twice, elsewhere or of another's name."""
    lines = text.splitlines()[:-1]
    for place, line in enumerate(lines):
        others = [*lines[:place], *lines[place + 1 :]]
        yield f"without line {place + 1}", _whole(others)
        yield f"line {place + 1} twice", _whole([*lines[:place], line, *lines[place:]])
        yield f"line {place + 1} at the end", _whole([*others, line])
        record = json.loads(line)
        for other in map(json.loads, lines):
            for name in record.keys() & other.keys():
                if record[name] != other[name]:
                    changed = _json({**record, name: other[name]})
                    yield f"{name} of another", _with_line([*lines, ""], place, changed)
    yield "a record of its own", _whole([*lines, '{"rumour":"x"}'])
    yield "an empty line", _whole([*lines, ""])


def _with_line(lines: list[str], place: int, line: str) -> str:
    return _whole([*lines[:place], line, *lines[place + 1 : -1]])


def _whole(lines: list[str]) -> str:
    return with_checksum("\n".join([*lines, "", ""]))


def _json(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
