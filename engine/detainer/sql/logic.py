"""Three-valued logic in SQL that means the same everywhere: a truth is the number 1, 0, or NULL for unknown. Decides nothing.

Not every engine has booleans that can be selected, so conditions stand only where every engine takes them, behind WHEN, and
become numbers there. SQL's own AND, OR and NOT are Kleene's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

Column = exp.Expr
"""An expression of SQL that has a value."""

Condition = exp.Expr
"""An expression of SQL that is true, false or unknown; it stands behind WHEN, never alone."""

OPERATORS: Mapping[str, type[exp.Binary]] = {"==": exp.EQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def column(name: str) -> Column:
    """A column by its name."""
    return exp.column(name)


def literal(value: str | int) -> Column:
    """A text or a number."""
    return exp.Literal.string(value) if isinstance(value, str) else exp.convert(value)


def compare(left: Column, op: str, right: Column | int | str) -> Condition:
    """A comparison, by the name that it has in a tree."""
    other = literal(right) if isinstance(right, str | int) else right
    return OPERATORS[op](this=_alone(left), expression=_alone(other))


def _alone(column: Column) -> Column:
    copy = column.copy()
    return exp.paren(copy, copy=False) if isinstance(copy, exp.Binary) else copy


def _term(column: Column) -> Column:
    return column.copy() if isinstance(column, exp.Mul | exp.Add) else _alone(column)


def plus(left: Column, right: Column | int) -> Column:
    """A sum."""
    return exp.Add(this=_term(left), expression=_term(literal(right) if isinstance(right, int) else right))


def minus(left: Column, right: Column | int) -> Column:
    """A difference."""
    return exp.Sub(this=_alone(left), expression=_alone(literal(right) if isinstance(right, int) else right))


def times(left: Column, right: int) -> Column:
    """A product."""
    return exp.Mul(this=_alone(left), expression=literal(right))


def rest(left: Column, by: int) -> Column:
    """What is left over of a division; `left` is not negative."""
    return exp.Mod(this=_alone(left), expression=literal(by))


def share(number: Column, by: int) -> Column:
    """A part of a number that divides without a rest: only so do all engines come to the same."""
    return exp.Div(this=_alone(number), expression=literal(by), typed=True)


def no() -> Condition:
    """What is never true."""
    return compare(literal(0), "==", 1)


def yes() -> Condition:
    """What is always true."""
    return compare(literal(1), "==", 1)


def every(conditions: Iterable[Condition]) -> Condition:
    """All of several conditions; true of none."""
    found = list(conditions)
    return exp.and_(*found) if found else yes()


def some(conditions: Iterable[Condition]) -> Condition:
    """At least one of several conditions; false of none."""
    found = list(conditions)
    return exp.or_(*found) if found else no()


def opposite(condition: Condition) -> Condition:
    """What is true where the condition is false."""
    return exp.not_(condition)


def met(truth: Column) -> Condition:
    """Whether a truth is 1; unknown where it is NULL."""
    return compare(truth, "==", 1)


def unknown(value: Column) -> Condition:
    """Whether a value is NULL."""
    return exp.Is(this=_alone(value), expression=exp.null())


def known(value: Column) -> Condition:
    """Whether a value is not NULL."""
    return exp.Is(this=_alone(value), expression=exp.Not(this=exp.null()))


def one_of(value: Column, others: Iterable[str | int]) -> Condition:
    """Whether a value is one of several."""
    return exp.In(this=_alone(value), expressions=[literal(each) for each in others])


def first(chain: Sequence[tuple[Condition, Column | str | int]], default: Column | str | int | None = None) -> Column:
    """The value of the first condition that is true, else the default."""
    ifs = [exp.If(this=condition.copy(), true=_value(value)) for condition, value in chain]
    if not ifs:
        return exp.null() if default is None else _value(default)
    return exp.Case(ifs=ifs, default=None if default is None else _value(default))


def _value(value: Column | str | int) -> Column:
    return value.copy() if isinstance(value, exp.Expr) else literal(value)


def truth(condition: Condition) -> Column:
    """A condition as a number: 1, 0, or NULL for unknown."""
    return first([(condition, 1), (opposite(condition), 0)])


def flag(condition: Condition) -> Column:
    """A condition as a number, unknown being no: 1 or 0."""
    return first([(condition, 1)], 0)


def possibly(condition: Condition) -> Column:
    """A condition as a number, unknown being yes: 1 or 0."""
    return first([(opposite(condition), 0)], 1)


def coalesce(*values: Column | int) -> Column:
    """The first value that is not NULL."""
    head, *others = [literal(each) if isinstance(each, int) else each for each in values]
    return exp.Coalesce(this=head, expressions=others)


def least(values: Sequence[Column]) -> Column:
    """The smallest of several numbers that are not NULL: by CASE, because not every engine has a function for it."""
    *earlier, last = values
    return first([(every(compare(each, "<=", other) for other in values), each) for each in earlier], last)


def joined_text(*pieces: Column) -> Column:
    """Texts, one after the other."""
    found, *others = pieces
    for each in others:
        found = exp.DPipe(this=found, expression=each, safe=True)
    return found


def two_digits(number: Column) -> Column:
    """A number from 0 to 59 as two digits. They are looked up, because engines write numbers in ways of their own."""
    digits = "".join(f"{each:02}" for each in range(60))
    return exp.Substring(this=literal(digits), start=exp.cast(plus(times(number, 2), 1), "INT"), length=literal(2))
