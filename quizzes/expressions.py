"""Arithmetic that authors write for calculated questions, evaluated without `eval`.

The formula is parsed by Python's own parser and walked; only numbers, parameters, + - * / % ** and the
functions below have a meaning. Sizes are bounded, so that no formula can take long.
"""

import ast
import math
import operator
import statistics
from functools import lru_cache

from django.utils.translation import gettext as _

MAX_LENGTH = 1000
MAX_DEPTH = 40


def _whole(value: float, most: int) -> int:
    """A whole number from 0 to `most`, so that no product grows without end. Raises ValueError."""
    if value != int(value) or not 0 <= value <= most:
        raise ValueError(value)
    return int(value)


def _fact(n):
    return math.factorial(_whole(n, 170))


def _comb(n, k):
    return math.comb(_whole(n, 1000), _whole(k, 1000))


def _perm(n, k):
    return math.perm(_whole(n, 1000), _whole(k, 1000))


def _sum(*values):
    return math.fsum(values)


def _mean(*values):
    return math.fsum(values) / len(values)


def _median(*values):
    return statistics.median(values)


_FUNCTIONS = {
    "abs": abs, "ceil": math.ceil, "floor": math.floor, "round": round, "sqrt": math.sqrt, "exp": math.exp,
    "ln": math.log, "log": math.log, "log10": math.log10, "log2": math.log2, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan, "atan2": math.atan2,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "min": min, "max": max, "pow": math.pow,
    "fmod": math.fmod, "deg2rad": math.radians, "rad2deg": math.degrees, "hypot": math.hypot,
    "fact": _fact, "comb": _comb, "perm": _perm, "sum": _sum, "mean": _mean, "median": _median,
}  # fmt: skip
_CONSTANTS = {"pi": math.pi, "e": math.e}
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: math.fmod,
    ast.Pow: math.pow,
}
_SIGNS = {ast.UAdd: operator.pos, ast.USub: operator.neg}


class ExpressionError(ValueError):
    """The formula can't be read, or has no finite value; the message says which, for its author."""


@lru_cache(maxsize=1024)
def _parse(source: str) -> ast.expr:
    if not source.strip():
        raise ExpressionError(_("Write a formula."))
    if len(source) > MAX_LENGTH:
        raise ExpressionError(_("The formula is too long."))
    try:
        tree = ast.parse(source.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(_("The formula “%(source)s” can't be read.") % {"source": source}) from error
    _check(tree, 0)
    return tree


def _check(node: ast.expr, depth: int) -> None:
    """Raise unless every part of the formula is arithmetic."""
    if depth > MAX_DEPTH:
        raise ExpressionError(_("The formula is nested too deeply."))
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            children = []
        case ast.Name():
            children = []
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            children = [left, right]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
            children = [operand]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS or (
            name == "pi" and not args
        ):
            children = args
        case _:
            raise ExpressionError(_("The formula may hold numbers, parameters, + - * / % ** and functions."))
    for child in children:
        _check(child, depth + 1)


def names_in(source: str) -> set[str]:
    """Parameters that a formula uses. Raises ExpressionError."""
    called = {id(node.func) for node in ast.walk(_parse(source)) if isinstance(node, ast.Call)}
    return {
        node.id
        for node in ast.walk(_parse(source))
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in _CONSTANTS
    }


def evaluate(source: str, parameters: dict[str, float]) -> float:
    """The finite value of a formula. Raises ExpressionError where there is none."""
    try:
        value = float(_value(_parse(source), parameters))
    except (ArithmeticError, ValueError, TypeError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(_("The formula “%(source)s” has no value.") % {"source": source}) from error
    if not math.isfinite(value):
        raise ExpressionError(_("The formula “%(source)s” has no value.") % {"source": source})
    return value


def _value(node: ast.expr, parameters: dict[str, float]) -> float:
    match node:
        case ast.Constant(value=value):
            return float(value)
        case ast.Name(id=name):
            if name in parameters:
                return float(parameters[name])
            if name in _CONSTANTS:
                return _CONSTANTS[name]
            raise ExpressionError(_("“%(name)s” is not a parameter.") % {"name": name})
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, parameters), _value(right, parameters))
        case ast.UnaryOp(op=op, operand=operand):
            return _SIGNS[type(op)](_value(operand, parameters))
        case ast.Call(func=ast.Name(id="pi"), args=[]):
            return math.pi
        case ast.Call(func=ast.Name(id="round"), args=[number, digits]):
            return round(_value(number, parameters), int(_value(digits, parameters)))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name](*(_value(argument, parameters) for argument in args))
    raise ExpressionError(_("The formula can't be read."))
