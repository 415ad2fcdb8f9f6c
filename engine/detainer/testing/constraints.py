"""Constraints as assertions, and cases to attack them with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import cast

from hypothesis import strategies as st

from detainer.case import Case
from detainer.decision import Decision
from detainer.engines import EngineName, decide, decide_under, load
from detainer.errors import CaseError, DetainerError, did_you_mean
from detainer.formats import ruled
from detainer.given import Data
from detainer.language.fields import Record, case_fields
from detainer.library import Library, library_for
from detainer.situation import situate
from detainer.stated import facts_of
from detainer.testing.strategies import (
    EVER,
    Draw,
    Fields,
    Setting,
    fact,
    facts,
    fields_of,
    later,
    places,
    setting_of,
    since_birth,
    value,
)
from detainer.verify.constraints import Checked, broken, load_constraints
from detainer.verify.every import scenario
from detainer.verify.report import scenario_file


def assert_constraint(
    constraint: str | Checked, *cases: Case | Data, library: Library | None = None, engine: EngineName | None = None
) -> None:
    """That a case, or two that are related (see `related`), keep a constraint: one of `load_constraints`, or a shipped one by id.

    The second of two is decided under the law of the first. Says nothing of cases outside the constraint's places and days.
    Raises AssertionError with the cases as scenarios; `DetainerError` for an unknown id or another number of cases.

    >>> from detainer import Case
    >>> assert_constraint("washington-needs-a-judge", Case(jurisdiction="us/wa/king", release_at="2020-01-01T10:00", detainer={}))
    """
    law = library_for(library)
    checked = constraint if isinstance(constraint, Checked) else _shipped(constraint)
    if len(cases) != 1 + checked.of_two:
        raise DetainerError(f"`{checked.id}` speaks of {1 + checked.of_two} cases, and {len(cases)} were given")
    first = decide(cases[0], engine=engine, library=law)
    decisions = [first, *(decide_under(first.law, facts_of(case, Case), load(engine)) for case in cases[1:])]
    if not all(_speaks_of(checked, first, each) for each in decisions) or not broken(checked, *decisions):
        return
    sides = ("case",) if len(decisions) == 1 else ("before", "after")
    told = [
        scenario(side, ruled(each.to_dict(considered=False)), each.case.to_dict(), each)
        for side, each in zip(sides, decisions, strict=True)
    ]
    raise AssertionError(f"{checked.id}: {checked.constraint.sentence}\n{scenario_file(told)}")


def _speaks_of(checked: Checked, first: Decision, decision: Decision) -> bool:
    """Whether a constraint speaks of a decision: of its place and day; of two, while the law of the first is unchanged."""
    day, law = decision.law_as_of, first.law
    return law.in_force(day) and checked.holds_at(law.place) and checked.constraint.in_force(day)


@cache
def _shipped(name: str) -> Checked:
    known = {checked.id: checked for checked in load_constraints()}
    if name not in known:
        raise DetainerError(f"no constraint `{name}`.{did_you_mean(name, known)}")
    return known[name]


def related(constraint: str | Checked, library: Library | None = None) -> st.SearchStrategy[tuple[Case, ...]]:
    """Cases to attack a constraint with: one of its places, or two that are related as it says, for `assert_constraint`.

    @given(related("warrant-never-frees"))
    def test_a_warrant_never_frees(cases):
        assert_constraint("warrant-never-frees", *cases)
    """
    law = library_for(library)
    checked = constraint if isinstance(constraint, Checked) else _shipped(constraint)
    where = places(law).filter(checked.holds_at)
    return where.flatmap(lambda place: _related(checked, place, law).filter(lambda cases: _can_be(cases, law)))


def _can_be(cases: tuple[Case, ...], law: Library) -> bool:
    """Whether nothing is dated before a birth, which may have been drawn after it."""
    try:
        return all(situate(case, law.where(case.jurisdiction)) for case in cases)
    except CaseError:
        return False


@st.composite
def _related(draw: Draw, checked: Checked, place: str, library: Library) -> tuple[Case, ...]:
    from_, until = checked.constraint.from_, checked.constraint.until
    span = max(from_ or EVER[0], EVER[0]), min(until - timedelta(days=1) if until else EVER[1], EVER[1])
    setting = setting_of(draw, place, library, span)
    known = facts(draw, setting)
    case = Case.model_validate(fields_of(place, setting) | known)
    between = checked.constraint.between
    if between is None:
        return (case,)
    if between.learns:
        return Case.model_validate(fields_of(place, setting) | _forgotten(draw, known)), case
    after, other = setting, known
    for path in checked.differs:
        if path == ("asked_at",):
            after = replace(setting, asked=later(draw, setting.release, setting.of, setting.asked))
        else:
            other = _with_other(draw, path, other, setting)
    return case, Case.model_validate(fields_of(place, after) | other)


def _with_other(draw: Draw, path: tuple[str, ...], known: Fields, setting: Setting) -> Fields:
    """The facts with one of them as it may be, too."""
    setting = since_birth(setting, known) if path[0] != "person" else setting
    if len(path) == 1:
        return {**known, path[0]: fact(draw, path[0], setting)}
    owner, name = path
    part, record = known.get(owner), case_fields().fields[owner]
    if not isinstance(part, dict) or not isinstance(record, Record):
        return known
    return {**known, owner: {**part, name: value(draw, name, record.fields[name], setting)}}


def _forgotten(draw: Draw, known: Fields) -> Fields:
    """The facts, fewer of them known."""

    def fewer(part: Fields) -> Fields:
        return {name: each for name, each in part.items() if draw(st.booleans())}

    kept: Fields = {}
    for name, each in known.items():
        if draw(st.booleans()):
            match each:
                case list():
                    kept[name] = [fewer(entry) for entry in cast("list[Fields]", each)]
                case dict():
                    kept[name] = fewer(cast("Fields", each))
                case _:
                    kept[name] = each
    return kept
