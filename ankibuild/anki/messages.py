"""Read the records of Anki's newer databases, which are protocol buffers, into its older JSON.

The numbers are those of ankitects/anki, proto/anki/notetypes.proto and decks.proto; the JSON is
that of rslib/src/notetype/schema11.rs. Ours is the small part of a reader that needs no generated
code. https://protobuf.dev/programming-guides/encoding
"""

from collections.abc import Sequence
from typing import Any

Message = dict[int, list[int | bytes]]
"""The values of each field number; what is not a number stays bytes."""

_NUMBER, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_NORMAL_DECK = 1


def read_message(data: bytes) -> Message:
    """Return the fields of a message. Raises ValueError when it is not whole."""
    message: Message = {}
    position = 0
    while position < len(data):
        key, position = _read_number(data, position)
        value: int | bytes
        if key & 7 == _NUMBER:
            value, position = _read_number(data, position)
        else:
            size = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(key & 7)
            if key & 7 == _BYTES:
                size, position = _read_number(data, position)
            if size is None or position + size > len(data):
                raise ValueError("this is no protocol buffer")
            value = data[position : position + size]
            position += size
        message.setdefault(key >> 3, []).append(value)
    return message


def texts_of(message: Message, number: int) -> list[bytes]:
    """Return all values of a field that are no numbers."""
    return [each for each in message.get(number, []) if isinstance(each, bytes)]


def note_type_record(
    number: int,
    name: str,
    config: bytes,
    fields: Sequence[tuple[int, str, bytes]],
    templates: Sequence[tuple[int, str, bytes]],
) -> dict[str, Any]:
    """Return the JSON record of a note type; fields and templates are (place, name, message)."""
    message = read_message(config)
    return {
        "id": number,
        "name": name,
        "type": _number(message, 1),
        "sortf": _number(message, 2),
        "css": _text(message, 3),
        "latexPre": _text(message, 5),
        "latexPost": _text(message, 6),
        "latexsvg": bool(_number(message, 7)),
        "originalStockKind": _number(message, 9),
        "flds": [_field_record(*each) for each in fields],
        "tmpls": [_template_record(*each) for each in templates],
    }


def deck_description(kind: bytes) -> str:
    """Return the description of a deck, from the message of its kind."""
    normal = texts_of(read_message(kind), _NORMAL_DECK)
    return _text(read_message(normal[0]), 4) if normal else ""


def _field_record(place: int, name: str, config: bytes) -> dict[str, Any]:
    message = read_message(config)
    return {
        "name": name,
        "ord": place,
        "sticky": bool(_number(message, 1)),
        "rtl": bool(_number(message, 2)),
        "font": _text(message, 3),
        "size": _number(message, 4),
        "description": _text(message, 5),
        "plainText": bool(_number(message, 6)),
        "collapsed": bool(_number(message, 7)),
        "excludeFromSearch": bool(_number(message, 8)),
        "id": _number(message, 9, None),
        "tag": _number(message, 10, None),
        "preventDeletion": bool(_number(message, 11)),
    }


def _template_record(place: int, name: str, config: bytes) -> dict[str, Any]:
    message = read_message(config)
    return {
        "name": name,
        "ord": place,
        "qfmt": _text(message, 1),
        "afmt": _text(message, 2),
        "bqfmt": _text(message, 3),
        "bafmt": _text(message, 4),
        "did": None,
        "bfont": _text(message, 6),
        "bsize": _number(message, 7),
        "id": _number(message, 8, None),
    }


def _number(message: Message, number: int, missing: int | None = 0) -> int | None:
    """Return a signed number of 64 bits."""
    if number not in message:
        return missing
    value = message[number][-1]
    if not isinstance(value, int):
        raise TypeError("this is no number")
    return value - (1 << 64) if value >= 1 << 63 else value


def _text(message: Message, number: int) -> str:
    return b"".join(texts_of(message, number)[-1:]).decode()


def _read_number(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[position : position + 10]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 1 << 7:
            return value, position + place + 1
    raise ValueError("this is no protocol buffer")
