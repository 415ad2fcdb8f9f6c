"""The law of one stretch, for the solver: every case of it at once, and what is decided of it. Proves nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import z3

from detainer.language.fields import Record, Records, Type, Word
from detainer.library import Law
from detainer.verify.constraints import decision_fields, plainly
from detainer.verify.doctrine import Control, control, ends_of
from detainer.verify.logic import Formula, Whole, both, choose, equal, every, first, implies, opposite, same, some
from detainer.verify.moments import HOUR, Moments
from detainer.verify.reading import Facts, Reader, Value, entry_fact
from detainer.verify.related import filled_from
from detainer.verify.symbols import Entries, Leaf, Part, Symbols, can_be, facts_of_case, named_by


@dataclass(slots=True)
class Inquiry:
    """One case under one law, asked about at one moment: any case, as far as nothing more is said of it.

    `found` is what controls in one way in which its unknown facts could turn out, and so the outcome: release where that way
    gives release, hold where it gives hold and every other way does, too (`way_holds`). `earliest` is a way in which a hold ends
    first: the same one, or one of its own where another case shares the way that was found.
    """

    law: Law
    symbols: Symbols
    moments: Moments
    question: int
    truths: list[tuple[Formula, Formula]]
    ends: list[Whole]
    found: Control
    open: Formula
    hold: Formula
    ruling: Whole
    timed: Formula
    end: Whole
    earliest: Symbols
    said: list[Formula]

    @property
    def asked_at(self) -> z3.ArithRef:
        """The moment asked about."""
        return self.moments.asked[self.question]

    @property
    def asked_day(self) -> z3.ArithRef:
        """Its local day."""
        return self.moments.asked_days[self.question]

    def way_holds(self, other: Symbols) -> Formula:
        """That, if the answer is hold, the unknown facts taken from another case give a hold, too, and none that ends sooner."""
        filled = filled_from(self.symbols, other)
        possible = every(can_be(filled, self.moments.release_day, self.asked_day))
        way = _controls(self.law, filled, self.moments, self.question, self.ends)
        no_sooner = implies(way.timed, both(self.timed, self.end <= way.end))
        return implies(both(self.hold, possible), both(way.hold, no_sooner))


def inquire(
    law: Law, moments: Moments, name: str, symbols: Symbols, *, outcome: bool | None = None, shared: bool = False
) -> Inquiry:
    """A question about any case with such facts under a law: of one that is a hold, or not, where `outcome` says so.

    `shared`: the way in which the unknown facts turn out is that of another case, too, so a hold may end earlier in another.
    """
    question = moments.ask()
    ends = ends_of(law, moments)
    found = _controls(law, symbols, moments, question, ends)
    partly = Reader(Facts(symbols, moments, question, complete=False))
    truths = [partly.truth(rule.when) for rule in law.rules]
    open_ = some(both(opposite(yes), opposite(no)) for yes, no in truths)
    hold = found.hold if outcome is None else outcome
    said = [*can_be(symbols, moments.release_day, moments.asked_days[question])]
    if outcome is not None:
        said.append(same(found.hold, outcome))
    ruling, timed, end, earliest = found.ruling, found.timed, found.end, symbols
    if open_ is not False and hold is not False:
        certain = control(law, [yes for yes, _ in truths], ends, moments.asked[question])
        any_ground = z3.Int(f"{name}.ground")
        said.append(some(any_ground == n for n, rule in enumerate(law.rules) if rule.effect in ("requires", "permits")))
        by_some_way = choose(certain.hold, certain.ruling, any_ground)
        ruling = choose(both(open_, hold), by_some_way, found.ruling)
        if shared:  # the hold ends when the way with the earliest end says so
            earliest = filled_from(symbols, facts_of_case(f"{name}.way", named_by(law.conditions)))
            way = _controls(law, earliest, moments, question, ends)
            said += [*can_be(earliest, moments.release_day, moments.asked_days[question]), implies(hold, way.hold)]
            timed, end = way.timed, way.end
    return Inquiry(
        law, symbols, moments, question, truths, ends, found, open_, hold, ruling, timed, end, earliest, said
    )


def _controls(law: Law, symbols: Symbols, moments: Moments, question: int, ends: Sequence[Whole]) -> Control:
    """What controls if what is unknown turns out as `symbols` have it."""
    reader = Reader(Facts(symbols, moments, question, complete=True))
    return control(law, [reader.truth(rule.when)[0] for rule in law.rules], ends, moments.asked[question])


class Decided(Facts):
    """A decision as a constraint names its parts; see `constraints.decision_fields`."""

    def __init__(self, inquiry: Inquiry) -> None:
        super().__init__(inquiry.symbols, inquiry.moments, inquiry.question, complete=False)
        self._inquiry = inquiry

    def read(self, names: tuple[str, ...], item: Part | None) -> Value:
        """A fact of the case, or what was decided."""
        if item is not None:
            return entry_fact(item, names[0])
        match names:
            case ("outcome",):
                return self._whole(names, choose(self._inquiry.hold, 0, 1))
            case ("asked_hours",):
                hours = Leaf(_type(names), True, False, self._inquiry.asked_at - self.moments.release, HOUR)
                return Value(True, False, hours, HOUR)
            case ("hold_hours",):
                asked = self._inquiry
                timed = both(asked.hold, asked.timed)
                leaf = Leaf(_type(names), True, opposite(timed), asked.end - self.moments.release, HOUR)
                return Value(True, leaf.none, leaf, HOUR)
            case ("ruling", name):
                return self._whole(names, self._of_ruling(name))
            case ("met",):
                known = opposite(self._inquiry.open)
                return Value(known, False, self._met())
            case _:
                return super().read(names, item)

    def _whole(self, names: tuple[str, ...], number: Whole) -> Value:
        return Value(True, False, Leaf(_type(names), True, False, number))

    def _of_ruling(self, name: str) -> Whole:
        law = self._inquiry.law
        type_ = _type(("ruling", name))
        each = [_number(type_, plainly(rule)[name]) for rule in law.rules]
        cases = [(equal(self._inquiry.ruling, number), value) for number, value in enumerate(each)]
        return first(cases, each[-1])

    def _met(self) -> Entries:
        law, moments = self._inquiry.law, self.moments
        yes = [truth for truth, _ in self._inquiry.truths]
        items: list[Part] = []
        for number, rule in enumerate(law.rules):
            facts = {
                name: Leaf(_type(("met", name)), True, False, _number(_type(("met", name)), value))
                for name, value in plainly(rule).items()
            }
            limits = rule.effect == "limits"
            hours = self._inquiry.ends[number] - moments.release if limits else 0
            facts["hours"] = Leaf(_type(("met", "hours")), True, not limits, hours, HOUR)
            overridden = some(yes[n] for n, other in enumerate(law.rules) if rule.id in other.overrides)
            facts["overridden"] = Leaf(_type(("met", "overridden")), True, False, overridden)
            items.append(Part(True, True, facts))
        return _Met(True, 0, items, tuple(yes))


@dataclass(frozen=True, slots=True)
class _Met(Entries):
    """A list of which each item is there or not by itself."""

    those: tuple[Formula, ...]

    def there(self) -> list[Formula]:
        """Of each item, whether it is in the list."""
        return list(self.those)


class Pair:
    """Two decisions as a constraint names their parts: ``before`` and ``after``."""

    def __init__(self, before: Inquiry, after: Inquiry) -> None:
        self._sides = {"before": Decided(before), "after": Decided(after)}

    def read(self, names: tuple[str, ...], item: Part | None) -> Value:
        """A fact of one of the two."""
        return entry_fact(item, names[0]) if item is not None else self._sides[names[0]].read(names[1:], None)

    def age_at_least(self, on: object, years: int) -> tuple[Formula, Formula]:
        """Conditions on two cases cannot ask for an age: the checker refuses it."""
        raise AssertionError("a condition on two cases asks for an age")

    def back(self, years: int) -> Whole:
        """The first day within so many years before the day of release, which both share."""
        return self._sides["before"].back(years)


def _type(names: tuple[str, ...]) -> Type:
    type_: Type = decision_fields()
    for name in names:
        owner = type_.item if isinstance(type_, Records) else type_
        assert isinstance(owner, Record)
        type_ = owner.fields[name]
    return type_


def _number(type_: Type, value: str | int) -> int:
    return type_.choices.index(str(value)) if isinstance(type_, Word) else int(value)


def at_one_time(one: Inquiry, other: Inquiry, *, waits: bool) -> Iterator[Formula]:
    """How the moments asked about are related: the same, or the other later, on a day that is not earlier, for no
    clock here is set back over midnight.
    """
    yield other.asked_at >= one.asked_at if waits else other.asked_at == one.asked_at
    yield other.asked_day >= one.asked_day if waits else other.asked_day == one.asked_day


def age_by_birth(before: Inquiry, after: Inquiry) -> Iterator[Formula]:
    """That where the age becomes known, the birth that had been looked at is one that gives that age at scheduled release."""
    one, other = before.symbols.get("person"), after.symbols.get("person")
    if not (isinstance(one, Part) and isinstance(other, Part) and "age" in one.facts):
        return
    born, age, now = one.facts["date_of_birth"], one.facts["age"], other.facts["age"]
    where = both(opposite(born.known), opposite(age.known), now.known)
    for years, first_day in before.moments.asked_back():
        yield implies(where, same(cast("Whole", born.value) <= first_day, cast("Whole", now.value) >= years))
