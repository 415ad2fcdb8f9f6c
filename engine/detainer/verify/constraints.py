"""Legal constraints: sentences that all law has to keep, each with a part that a machine can read. Decides nothing.

A constraint speaks of one decision (``outcome``, ``hold_hours``, ``ruling.effect``, the facts), or of two related ones
(``before`` and ``after``). It is broken where its ``when`` is known to be true and its ``must`` is known to be false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, get_args

from pydantic import Field, StrictStr, model_validator

from detainer.case import UNKNOWN, Case
from detainer.decision import Decision
from detainer.errors import FileError, PartError, Problem, did_you_mean, path_to
from detainer.given import PathTo
from detainer.language import Node, check
from detainer.language.check import Names
from detainer.language.fields import Number, Record, Records, Truth, Word, case_fields, fact_type, lists, names_in
from detainer.language.tree import Always
from detainer.law import Basis, DatedPart, Effect, Id, Part, Text
from detainer.library import Law, Library, library_for, within
from detainer.precedence import Outcome
from detainer.provision import Provision
from detainer.resolve import limit_end
from detainer.situation import Situation
from detainer.vocabulary import shipped_rulesets
from detainer.yamlfile import Source, problems_at, read

FactPath = tuple[str, ...]

LEVELS = ("nation", "state", "county")
"""Whose file a rule stands in. A city counts as a county."""

_HOUR = timedelta(hours=1)


class Between(Part):
    __doc__ = """
    How two cases are related: all is the same in both, but for the facts that may differ or become known.
    """

    differs: tuple[StrictStr, ...] = Field(
        default=(), description="Facts that may differ; of two moments asked about, `after` has the later"
    )
    learns: bool = Field(default=False, description="Whether facts that are unknown before may be known after")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if bool(self.differs) == self.learns:
            raise ValueError("say what differs between the two cases, or `learns: true`, one of the two")
        return self


class Constraint(DatedPart):
    __doc__ = """One constraint. Without `places` it holds everywhere, without dates always."""

    id: Id
    sentence: Text = Field(description="The constraint as a reader understands it")
    authority: StrictStr | None = Field(default=None, description="What it rests on: <place>/<authority>")
    places: tuple[StrictStr, ...] = Field(default=(), description="Where it holds, and in the places within")
    between: Between | None = Field(default=None, description="Of two related cases: how they are related")
    when: Text | None = Field(default=None, description="In which cases it says something; in all, if left out")
    must: Text | None = Field(default=None, description="What must be so then")
    cannot_name: tuple[StrictStr, ...] = Field(default=(), description="Facts that no rule may be able to name")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.must is None) == (not self.cannot_name):
            raise ValueError("a constraint has either `must` or `cannot_name`; write one of the two")
        if self.cannot_name and (self.when or self.between):
            raise ValueError("`cannot_name` stands alone, without `when` and `between`")
        return self


class ConstraintFile(Part):
    __doc__ = """A file of constraints."""

    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A constraint with its conditions checked. `authority` is cited."""

    constraint: Constraint
    when: Node
    must: Node
    differs: tuple[FactPath, ...] = ()
    cites: str | None = None

    @property
    def id(self) -> str:
        """Its name."""
        return self.constraint.id

    @property
    def of_two(self) -> bool:
        """Whether it speaks of two related decisions."""
        return self.constraint.between is not None

    def holds_at(self, place: str) -> bool:
        """Whether it speaks of a place."""
        places = self.constraint.places
        return not places or any(within(place, each) for each in places)


# -- what a constraint may name ------------------------------------------------------------------------------------------


@cache
def decision_fields() -> Record:
    """What a constraint on one decision may name: the facts of the case, and what was decided.

    `asked_hours` are the hours from scheduled release to the moment asked about, `hold_hours` those to the end that the law of
    the day gives a hold (`Decision.limit_ends`); there are none where it gives it no end, and where there is no hold. `met` are
    the rules that are met; `hours` are those after which a limit ends a hold. Where it hangs on an unknown fact whether a rule
    is met, which rules are is unknown. `of` says in whose file a rule stands.
    """
    ruling = {"effect": Word(get_args(Effect)), "basis": Word(get_args(Basis)), "rank": Number(), "of": Word(LEVELS)}
    met = {**ruling, "hours": Number(), "overridden": Truth()}
    fields = {
        **case_fields().fields,
        "outcome": Word(get_args(Outcome)),
        "asked_hours": Number(),
        "hold_hours": Number(),
        "ruling": _record(ruling),
        "met": Records(_record(met)),
    }
    return replace(case_fields(), fields=fields)


@cache
def pair_fields() -> Record:
    """What a constraint on two related decisions may name."""
    return _record({"before": decision_fields(), "after": decision_fields()})


def _record(fields: Mapping[str, Any]) -> Record:
    return Record(dict(fields), {}, {}, {})


# -- files -----------------------------------------------------------------------------------------------------------------


def shipped_constraints() -> Path:
    """The file of constraints that ships with the law."""
    return shipped_rulesets() / "constraints.yaml"


def load_constraints(path: PathTo | None = None, library: Library | None = None) -> tuple[Checked, ...]:
    """The constraints of a file; those that ship with the law for None. Raises `FileError` with every mistake."""
    return bind(read(path_to(path) if path is not None else shipped_constraints()), library_for(library))


def bind(source: Source, library: Library) -> tuple[Checked, ...]:
    """Check a file of constraints against the facts of a case and the law. Raises `FileError` with all its mistakes."""
    try:
        found = ConstraintFile.model_validate(source.data)
    except PartError as error:
        raise FileError(problems_at(source, error.mistakes)) from None
    problems: list[Problem] = []
    checked: list[Checked] = []
    names = [constraint.id for constraint in found.constraints]
    for index, constraint in enumerate(found.constraints):
        where = ("constraints", index)
        if constraint.id in names[:index]:
            problems.append(source.problem(f"the id `{constraint.id}` stands twice; rename one", (*where, "id")))
        for number, place in enumerate(constraint.places):
            if place not in library.places:
                near = did_you_mean(place, library.places)
                problems.append(source.problem(f"no ruleset for `{place}`.{near}", (*where, "places", number)))
        facts = pair_fields() if constraint.between else decision_fields()
        trees: dict[str, Node] = {}
        for field in ("when", "must"):
            text = getattr(constraint, field)
            node, errors = check(text, Names(), facts) if text else (Always(), [])
            for error in errors:
                message = f"in the condition: {error.message}"
                problems.append(source.problem(message, (*where, field), within=text[error.start : error.end]))
            trees[field] = node or Always()
        differs, mistakes = _differing(source, constraint, index)
        problems += mistakes
        cites, mistake = _authority(source, constraint, index, library)
        problems += mistake
        checked.append(Checked(constraint, trees["when"], trees["must"], differs, cites))
    if not checked and not problems:
        problems.append(source.problem("there is no constraint in it; list them under `constraints`"))
    if problems:
        raise FileError(problems)
    return tuple(checked)


def _differing(source: Source, constraint: Constraint, index: int) -> tuple[tuple[FactPath, ...], list[Problem]]:
    found: list[FactPath] = []
    problems: list[Problem] = []
    for number, name in enumerate(constraint.between.differs if constraint.between else ()):
        path = tuple(name.split("."))
        problem = None
        try:
            fact_type(path)
        except KeyError as error:
            problem = f"`{name}` is no fact: there is no `{error.args[0]}`.{did_you_mean(name, case_fields().fields)}"
        if not problem and len(path) > 1 and path[0] in lists():
            problem = f"`{name}` is a fact of an entry; name the list, `{path[0]}`"
        if path == ("release_at",):
            problem = "two cases have one scheduled release; `asked_at` may differ"
        if problem:
            problems.append(source.problem(problem, ("constraints", index, "between", "differs", number)))
        found.append(path)
    return tuple(found), problems


def _authority(
    source: Source, constraint: Constraint, index: int, library: Library
) -> tuple[str | None, list[Problem]]:
    """The citation of what it rests on."""
    if constraint.authority is None:
        return None, []
    place, _, name = constraint.authority.rpartition("/")
    known = library.book(place).ruleset.authorities if place in library.places else {}
    if name in known:
        return known[name].cite, []
    message = f"unknown authority `{constraint.authority}`; write <place>/<authority>.{did_you_mean(name, known)}"
    return None, [source.problem(message, ("constraints", index, "authority"))]


# -- what they say of decisions ------------------------------------------------------------------------------------------


def view(decision: Decision) -> SimpleNamespace:
    """A decision as a constraint names its parts; see `decision_fields`."""
    control = decision.resolution.control
    situation, law = decision.situation, decision.law
    facts = {name: getattr(decision.case, name) for name in Case.model_fields}
    return SimpleNamespace(
        **facts,
        outcome=control.outcome,
        asked_hours=_hours(situation, situation.asked_at),
        hold_hours=_hours(situation, control.hold_until) if control.hold_until else None,
        ruling=SimpleNamespace(**plainly(control.ruling)),
        met=UNKNOWN if None in decision.truths else _met(decision, law, situation),
    )


def plainly(rule: Provision) -> dict[str, Any]:
    """What a constraint may name of a rule, whatever the case."""
    level = LEVELS[min(rule.depth, len(LEVELS) - 1)]
    return {"effect": rule.effect, "basis": rule.rule.basis, "rank": rule.rank, "of": level}


def _met(decision: Decision, law: Law, situation: Situation) -> tuple[SimpleNamespace, ...]:
    met = [rule for rule, truth in zip(law.rules, decision.truths, strict=True) if truth]
    return tuple(
        SimpleNamespace(
            **plainly(rule),
            hours=_hours(situation, limit_end(law, situation, rule)) if rule.effect == "limits" else None,
            overridden=any(rule.id in other.overrides for other in met),
        )
        for rule in met
    )


def _hours(situation: Situation, end: datetime) -> float:
    return (end - situation.release_at) / _HOUR


def broken(checked: Checked, before: Decision, after: Decision | None = None) -> bool:
    """Whether a constraint is broken by a decision, or by two related ones. Whether they are related is not asked."""
    seen = view(before) if after is None else SimpleNamespace(before=view(before), after=view(after))
    situation = before.situation._replace(case=seen, known={})  # type: ignore[arg-type]
    return checked.when.truth(situation) is True and checked.must.truth(situation) is False


def nameable(words: Iterable[str]) -> list[str]:
    """Which of some words are names of facts that a rule could ask for."""
    found = list(names_in(case_fields()))
    return [word for word in words if any(word in (name, *name.split("_")) for name in found)]
