"""The bugs of one line that could be in a module: each is one node of its tree, replaced.

Words that only people read are left as they are, and so are annotations: a test that repeats a
sentence teaches nothing, and mypy sees the other.
"""

import ast
import re
from collections.abc import Iterator
from copy import copy
from typing import Any, NamedTuple, get_args

from ankibuild.core.rules import Rule

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_CALLED = {
    "sorted": "list",
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "startswith": "endswith",
    "endswith": "startswith",
    "partition": "rpartition",
    "rpartition": "partition",
    "search": "fullmatch",
    "fullmatch": "search",
    "removeprefix": "removesuffix",
    "removesuffix": "removeprefix",
}
_WITHOUT = ("strip", "rstrip", "lstrip", "lower", "casefold", "upper", "copy")
_FOR_PEOPLE = {"message", "cure", "reason", "fresh", "refusal"}
_TELLING = {
    *("about", "problem", "report", "_report", "_fail", "ArchiveError", "TemplateError"),
    *("AnkibuildError", "ValueError", "DecodeError", "found"),
}
_SENTENCE = re.compile(r"[A-Za-z,;:.\"']+(?:\s+[A-Za-z,;:.\"'{}]+){2,}")
_TYPES = {"TypeVar", "Literal", "Callable", "Union"}
_OF_CLASSES = {"frozen", "kw_only", "slots", "order"}
_RULES = frozenset(get_args(Rule))


class Change(NamedTuple):
    """One node in place of another, the statement that it is part of, and if a function has it."""

    parent: ast.AST
    field: str
    place: int | None
    old: ast.AST
    new: ast.AST
    statement: ast.stmt
    in_function: bool

    def apply(self) -> None:
        """Put the bug into the tree."""
        if self.place is None:
            setattr(self.parent, self.field, self.new)
        else:
            getattr(self.parent, self.field)[self.place] = self.new
        ast.copy_location(self.new, self.old)
        ast.fix_missing_locations(self.new)

    def __str__(self) -> str:
        before, after = (_shown(each) for each in (self.old, self.new))
        return f"{before}  =>  {after}"


def find_changes(tree: ast.Module) -> list[Change]:
    """Return all bugs that could be put into a module, in the order of its text."""
    return list(_walk(tree))


def _shown(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}: …"
    text = " ".join(ast.unparse(node).split())
    return text if len(text) < 100 else f"{text[:100]}…"


class _Place(NamedTuple):
    """Where a node stands: in what, in which statement, and among words for people or not."""

    parent: ast.AST
    field: str
    number: int | None
    statement: ast.stmt
    in_function: bool
    for_people: bool


def _walk(tree: ast.Module) -> Iterator[Change]:
    for index, statement in enumerate(tree.body):
        yield from _visit(statement, _Place(tree, "body", index, statement, False, False))


def _visit(node: ast.AST, place: _Place) -> Iterator[Change]:
    if _teaches_nothing(node):
        return
    for new in _replacements(node, place):
        yield Change(
            place.parent, place.field, place.number, node, new, place.statement, place.in_function
        )
    is_function = isinstance(node, ast.FunctionDef | ast.Lambda)
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases", "ctx", "type_comment"):
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _is_of_a_class(node, child):
                continue
            yield from _visit(
                child,
                _Place(
                    parent=node,
                    field=field,
                    number=index if isinstance(value, list) else None,
                    statement=child if isinstance(child, ast.stmt) else place.statement,
                    in_function=place.in_function or (is_function and field == "body"),
                    for_people=_is_for_people(node, field, index, child, place),
                ),
            )


def _teaches_nothing(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Import() | ast.ImportFrom():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "Value" | "Severity" | "Fault")]):
            return True
        case (
            ast.Assign(value=ast.Subscript(value=ast.Name(id=name)))
            | ast.Assign(value=ast.Call(func=ast.Name(id=name)))
        ):
            return name in _TYPES
    return False


def _is_of_a_class(node: ast.AST, child: ast.AST) -> bool:
    if not isinstance(node, ast.ClassDef) or not isinstance(child, ast.keyword):
        return False
    return child.arg in _OF_CLASSES


def _is_for_people(node: ast.AST, field: str, index: int, child: ast.AST, place: _Place) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return name in _FOR_PEOPLE
        case ast.Assign(targets=[ast.Tuple(elts=names)]):
            return any(isinstance(each, ast.Name) and each.id in _FOR_PEOPLE for each in names)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if field == "args":
            return name in _TELLING or place.for_people
        case ast.JoinedStr():
            return place.for_people or _is_sentence(node)
    return place.for_people and not isinstance(child, ast.stmt)


def _is_sentence(node: ast.AST) -> bool:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in parts)
    return bool(_SENTENCE.search(text)) and not re.match("SELECT|INSERT|PRAGMA", text)


def _replacements(node: ast.AST, place: _Place) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for index, each in enumerate(node.ops):
                for other in _COMPARED[type(each)]:
                    yield _with(node, ops=_put(node.ops, index, other()))
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
            for index in range(len(node.values)):
                rest = node.values[:index] + node.values[index + 1 :]
                yield rest[0] if len(rest) == 1 else _with(node, values=rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _COUNTED:
            yield _with(node, op=_COUNTED[type(node.op)]())
        case ast.Constant():
            yield from _other_constants(node, place)
        case ast.If() | ast.IfExp():
            yield _with(node, test=ast.Constant(value=True))
            yield _with(node, test=ast.Constant(value=False))
        case ast.comprehension():
            for index in range(len(node.ifs)):
                yield _with(node, ifs=node.ifs[:index] + node.ifs[index + 1 :])
        case ast.Call():
            yield from _other_calls(node)
        case ast.Slice():
            yield from (_with(node, **{end: None}) for end in ("lower", "upper") if _has(node, end))
        case ast.Return(value=ast.expr()) if not _is_none(node.value):
            yield _with(node, value=ast.Constant(value=None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Delete():
            yield ast.Pass()


def _other_constants(node: ast.Constant, place: _Place) -> Iterator[ast.AST]:
    match node.value:
        case bool():
            yield ast.Constant(value=not node.value)
        case int():
            yield ast.Constant(value=node.value + 1)
            if node.value:
                yield ast.Constant(value=node.value - 1)
        case float():
            yield ast.Constant(value=node.value * 0.9)
            yield ast.Constant(value=node.value * 1.1)
        case str() | bytes():
            told = place.for_people or _is_sentence(node) or node.value in _RULES
            if not told or isinstance(node.value, bytes):
                other = "XX" if isinstance(node.value, str) else b"XX"
                yield ast.Constant(value=other + node.value)  # type: ignore[operator]


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name in _CALLED:
        field = "id" if isinstance(node.func, ast.Name) else "attr"
        keywords = [] if name == "sorted" else node.keywords
        yield _with(node, func=_with(node.func, **{field: _CALLED[name]}), keywords=keywords)
    if name in _WITHOUT and isinstance(node.func, ast.Attribute):
        yield node.func.value
    if len(node.args) > 1 and not any(isinstance(each, ast.Starred) for each in node.args):
        yield _with(node, args=[node.args[1], node.args[0], *node.args[2:]])
    for index, each in enumerate(node.keywords):
        # A value that misses a part is no value: it is never alive.
        if each.arg and not name.lstrip("_")[:1].isupper():
            yield _with(node, keywords=node.keywords[:index] + node.keywords[index + 1 :])


def _with(node: ast.AST, **fields: Any) -> Any:
    new = copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _put(values: list[Any], index: int, value: Any) -> list[Any]:
    return [*values[:index], value, *values[index + 1 :]]


def _has(node: ast.AST, field: str) -> bool:
    return getattr(node, field) is not None


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)
