"""What comes out: hold or release, until when, the ruling that drove it, and what became of every other rule.

A decision keeps what it was made from and works out its sentences when they are asked for. It decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from pydantic_core import to_json

from detainer import clock
from detainer.case import UNKNOWN, Case
from detainer.ending import Ending, ending, later
from detainer.evidence import evidence, failing
from detainer.fillings import MAX_WAYS
from detainer.language.tree import Truth, WithinYears
from detainer.law import RANK_NAMES, Authority, Effect
from detainer.library import Law, Library
from detainer.precedence import Outcome
from detainer.provision import Provision
from detainer.questions import Question, question_for
from detainer.resolve import Resolution, limit_end
from detainer.saved import Unchanging, shown
from detainer.situation import Situation
from detainer.stated import plain
from detainer.wording import left_open, said

if TYPE_CHECKING:
    from detainer.engines import EngineName

Fate = Literal["controls", "concurs", "defeated", "limits", "not_met", "open", "not_in_force", "moot", "noted"]
"""What became of a rule. `concurs`: it says the same. `limits`: it ends the hold. `moot`: nothing for it to limit."""

NOTES = ("This reports what the cited rules say of the facts as given. It is no legal advice.",)

_BRACES = re.compile(r"\{([^{}]+)\}")
CONFIDENCE = {
    "A": "read in the primary text or an official record",
    "B": "reported consistently by secondary sources, not read in the primary text",
    "C": "reported once, or our reading of an ambiguous source",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rule that drove the outcome. `because` is a clause with the facts of the case filled in."""

    id: str
    effect: Effect
    authority_id: str
    authority: Authority
    because: str


class Finding(NamedTuple):
    """One rule that was considered, what became of it, and why. `by` names the rule that defeated it."""

    id: str
    effect: Effect
    fate: Fate
    why: str
    by: str | None = None


@dataclass(frozen=True, eq=False)
class Decision(Unchanging):
    """The answer to one case. Times are local to the place and carry their offset. Equal where all that it says is equal.

    >>> from detainer import Case, decide
    >>> decision = decide(Case(jurisdiction="us/wa/king", release_at="2017-03-20T10:00", detainer={}, judicial_warrant=None))
    >>> decision.outcome, decision.settled, decision.hold_until
    ('release', True, None)
    """

    situation: Situation
    law: Law
    truths: tuple[Truth, ...]
    resolution: Resolution

    @property
    def case(self) -> Case:
        """The case as it was given."""
        return self.situation.case

    @property
    def outcome(self) -> Outcome:
        """``hold`` or ``release``."""
        return self.resolution.control.outcome

    @property
    def settled(self) -> bool:
        """Whether no unknown fact could change the outcome."""
        return self.resolution.settled

    @property
    def law_as_of(self) -> date:
        """The local day whose law was applied: that of the moment asked about."""
        return self.situation.asked_day

    @property
    def ruleset_digest(self) -> str:
        """``sha256:`` and the digest of the ruleset texts that were applied."""
        return self.law.digest

    @property
    def hold_until(self) -> datetime | None:
        """The first moment at which the hold is no longer lawful on the same facts, because a limit ends it or the law changes;
        None where there is no hold, or nothing on record that ends it. One minute before it the answer is hold, at it release.
        """
        return self._local(self._ending.at) if self._ending else None

    @property
    def ended_by(self) -> str | None:
        """The rule that ends the hold at `hold_until`; None where that is."""
        return self._ending.rule.id if self._ending else None

    @property
    def limit_ends(self) -> datetime | None:
        """When a limit would end the hold if the law of the day never changed; None where there is no hold or no limit."""
        end = self.resolution.control.hold_until
        return self._local(end) if end else None

    @cached_property
    def _ending(self) -> Ending | None:
        return ending(self.law, self.situation, self.truths) if self.outcome == "hold" else None

    def _local(self, moment: datetime) -> datetime:
        return clock.local(moment, self.situation.where)

    @cached_property
    def ruling(self) -> Ruling:
        """The rule that drove the outcome."""
        rule = self.resolution.control.ruling
        return Ruling(rule.id, rule.effect, rule.rule.authority, rule.authority, self._clause(rule))

    @cached_property
    def open_questions(self) -> tuple[Question, ...]:
        """The fewest unknown facts whose answers settle the outcome, the most decisive first, each with its question."""
        return tuple(question_for(self.law, self.situation, fact) for fact in self.resolution.deciding)

    @cached_property
    def considered(self) -> tuple[Finding, ...]:
        """Every rule of the place, in precedence order: those in force that day, then those that were not."""
        active = [
            Finding(rule.id, rule.effect, *self._fate(rule, truth))
            for rule, truth in zip(self.law.rules, self.truths, strict=True)
        ]
        return (*active, *self._not_in_force())

    @property
    def caveats(self) -> tuple[str, ...]:
        """What is not sure about the answer: authorities of confidence B or C, contested readings, unknown days."""
        return tuple(self._said.values())

    @property
    def caveat_codes(self) -> tuple[str, ...]:
        """For each of `caveats` a code without spaces: ``<rule>#<kind>``, or the kind alone where it is not about a rule."""
        return tuple(self._said)

    @cached_property
    def _said(self) -> dict[str, str]:
        return dict(self._caveats())

    def to_dict(self, *, considered: bool = True, case: bool = True) -> dict[str, Any]:
        """Plain data, ready for JSON, in a fixed order; `considered` and `case` are what costs most, and can be left out."""
        ruling = self.ruling
        authority = ruling.authority
        situation, where = self.situation, self.situation.where
        out: dict[str, Any] = {}
        if case:
            out = {"case": self._facts()}
            out |= clock.told("release_at", situation.release_at, where)
            out |= clock.told("asked_at", situation.asked_at, where)
        out |= {
            "outcome": self.outcome,
            **clock.told("hold_until", self.hold_until, where),
            "ended_by": self.ended_by,
            **clock.told("limit_ends", self.limit_ends, where),
            "ruling": {
                "id": ruling.id,
                "effect": ruling.effect,
                "authority": {
                    "id": ruling.authority_id,
                    "cite": authority.cite,
                    "url": authority.url,
                    "confidence": authority.confidence,
                },
                "because": ruling.because,
            },
            "caveats": list(self.caveats),
            "settled": self.settled,
            "open_questions": [{"fact": each.fact, "ask": each.ask} for each in self.open_questions],
            "law_as_of": self.law_as_of.isoformat(),
            "ruleset_digest": self.ruleset_digest,
        }
        if considered:
            out["considered"] = [
                {"id": name, "effect": effect, "fate": fate, "why": why, "by": by}
                for name, effect, fate, why, by in self.considered
            ]
        out["notes"] = list(NOTES)
        return out

    def to_json(self) -> str:
        """`to_dict` as one line of JSON."""
        return to_json(self.to_dict()).decode()

    @classmethod
    def from_json(
        cls, text: str | bytes, *, engine: EngineName | None = None, library: Library | None = None
    ) -> Decision:
        """The decision that `to_json` wrote: its case is decided again, under the law of the library given.

        Raises `DetainerError` where that law is another than it was, naming both digests, or where the answer is, and like
        `decide`.
        """
        from detainer.again import from_json

        return from_json(text, engine=engine, library=library)

    def _facts(self) -> dict[str, Any]:
        """What is stated of the case, without what a scenario says besides."""
        stated = ((name, getattr(self.case, name)) for name in Case.model_fields)
        return {name: plain(value) for name, value in stated if value is not UNKNOWN}

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Decision) and self.to_dict() == other.to_dict())

    def __hash__(self) -> int:
        return hash((self.ruleset_digest, self.situation.release_at, self.outcome, self.resolution.control.ruling.id))

    def __reduce__(self) -> tuple[object, ...]:
        """The case and which law it is: it is decided again where it is loaded."""
        from detainer.again import under

        return under, (self.law, self.case)

    def __repr__(self) -> str:
        until = f" until {self.hold_until:%Y-%m-%d %H:%M %z}" if self.hold_until else ""
        open_ = "" if self.settled else " (unsettled)"
        ruling, place = self.resolution.control.ruling.id, self.law.place
        return shown("Decision:", f"{self.outcome}{until}{open_}, {ruling}; {place} on {self.law_as_of}")

    def _repr_html_(self) -> str:
        from detainer.notebook import decision

        return decision(self)

    # -- sentences -----------------------------------------------------------------------------------------------------

    def _clause(self, rule: Provision) -> str:
        because = rule.rule.because
        return _BRACES.sub(lambda found: self._fill(found[1]), because) if "{" in because else because

    def _fill(self, name: str) -> str:
        where = self.situation.where
        if name == "hold_until":
            limit = self.resolution.control.limit
            return said(self._end(limit)) if limit else "no fixed time"
        if name in ("release_at", "asked_at"):
            return said(getattr(self.situation, name).astimezone(where))
        value: Any = self.case
        for part in name.split("."):
            value = getattr(value, part) if value is not None and value is not UNKNOWN else value
        return said(value)

    def _end(self, limit: Provision) -> datetime:
        if limit is self.resolution.control.limit and self.limit_ends:
            return self.limit_ends
        return limit_end(self.law, self.situation, limit).astimezone(self.situation.where)

    def _fate(self, rule: Provision, truth: Truth) -> tuple[Fate, str, str | None]:
        """What became of a rule in force, why, and the rule that defeated it."""
        control = self.resolution.control
        ruling = control.ruling
        effect = rule.effect
        if rule is ruling:
            unknown = (
                "" if truth else "; whether its condition is met is not known, and an unknown never justifies a hold"
            )
            return "controls", self.ruling.because + unknown, None
        if truth is None:
            unknown_facts = dict.fromkeys(map(left_open, rule.when.unknowns(self.situation)))
            return "open", f"not known: {', '.join(unknown_facts)}", None
        if truth is False:
            parts = rule.when.why(self.situation)[1]
            return "not_met", failing(parts, lambda part: evidence(part, self.situation)), None
        if effect == "cautions":
            return "noted", self._clause(rule), None
        if effect == "limits":
            if control.basis is None or control.basis.rule.basis != rule.rule.basis:
                return "moot", "no hold rests on what it limits", None
            end = self._end(rule)
            ends = f"ends the hold on {said(end)}"
            if rule is control.limit:
                sooner = self.hold_until is not None and self.hold_until < end
                return "limits", f"by itself {ends}; {self.ended_by} ends it before" if sooner else ends, None
            return "concurs", f"{ends}; the earlier limit governs", None
        by = next((each for each in compress(self.law.rules, self.truths) if rule.id in each.overrides), None)
        if by is not None:
            return "defeated", f"overridden by {by.id}", by.id
        if (effect in ("permits", "requires")) == (control.outcome == "hold") and effect != "default":
            return "concurs", f"says the same; {ruling.id} is named as the ruling", None
        return "defeated", self._how(rule, ruling), ruling.id

    def _how(self, rule: Provision, ruling: Provision) -> str:
        if rule.effect == "default":
            return f"{ruling.id} speaks, so the default does not apply"
        if ruling.effect == "limits":
            return f"its time ended under {ruling.id}"
        if rule.rank == ruling.rank:
            return f"at the same rank, {rule.effect} yields to {ruling.effect} ({ruling.id})"
        if rule.rank < ruling.rank:
            return f"it leaves the choice to the jail, and {ruling.id} makes that choice"
        return f"{ruling.id} has the higher rank: {RANK_NAMES[ruling.rank]} comes before {RANK_NAMES[rule.rank]}"

    def _not_in_force(self) -> tuple[Finding, ...]:
        """The same for every day of a stretch of unchanged law, so worked out once."""
        found = self.law.kept.get("not in force")
        if not isinstance(found, tuple):
            found = self.law.kept["not in force"] = tuple(map(self._dormant, self.law.dormant))
        return cast("tuple[Finding, ...]", found)

    def _dormant(self, rule: Provision) -> Finding:
        start, until = rule.rule.from_, rule.rule.until
        later = start is not None and start > (self.law.since or date.min)
        why = f"in force from {said(start)}" if later else f"no longer in force from {said(until)}"
        return Finding(rule.id, rule.effect, "not_in_force", why)

    def _caveats(self) -> Iterator[tuple[str, str]]:
        control = self.resolution.control
        for rule in dict.fromkeys(each for each in (control.ruling, control.basis, control.limit) if each):
            yield from self._doubts_about(rule, self.situation)
        if self._ending and self._ending.rule is not control.limit:
            yield from self._doubts_about(self._ending.rule, later(self.situation, self._ending.at))
        if control.outcome == "hold":
            for rule, truth in zip(self.law.rules, self.truths, strict=True):
                if rule.effect == "cautions" and truth is not False:
                    yield f"{rule.id}#caution", f"{rule.id}: {self._clause(rule)}"
                    yield from self._doubts_about(rule, self.situation)
                if rule.effect == "limits" and truth is None and rule is control.limit:
                    says = "it is not known whether this limit applies; the earlier end is taken"
                    yield f"{rule.id}#open-limit", f"{rule.id}: {says}"
        last = self._local(self._ending.at).date() if self._ending else self.law_as_of
        for rule in self.law.doubtful_days:
            unknown = rule.rule.day_unknown
            assert unknown is not None
            first = unknown.earliest or date.min
            if first <= last and self.law_as_of <= unknown.latest:
                latest = said(unknown.latest)
                span = f"between {said(first)} and {latest}" if unknown.earliest else f"by {latest}"
                what = "the answer for this day" if first <= self.law_as_of else "the end of the hold"
                yield (
                    f"{rule.id}#day-unknown",
                    f"{rule.id}: the day it took effect is not known; it is dated {said(rule.rule.from_)} here and lies {span}, "
                    f"so {what} could be another",
                )
        if (self.situation.release_day.month, self.situation.release_day.day) == (2, 29):
            for years in sorted(self._lookbacks()):
                first, moved = clock.years_before(self.situation.release_day, years)
                if moved:
                    says = f"29 February has no counterpart {years} years earlier; the window starts on {said(first)}"
                    yield f"leap-day-{years}", f"{says}, the wider reading"
        if self.resolution.bounded:
            says = f"the unknown facts could turn out in more than {MAX_WAYS} ways, so not all were tried; the answer is release"
            yield "too-many-ways", says

    def _lookbacks(self) -> set[int]:
        """The numbers of years that the law in force looks back."""
        asked = (each for test in self.law.tests for each in test.asked())
        return {each.years for each in asked if isinstance(each, WithinYears)}

    def _doubts_about(self, rule: Provision, situation: Situation) -> Iterator[tuple[str, str]]:
        if rule.authority.confidence != "A":
            yield _rests_on(rule.id, rule.authority.cite, rule.authority.confidence)
        for number, each in enumerate(rule.doubts, 1):
            doubt = each.doubt
            if doubt.in_force(situation.asked_day) and each.when.truth(situation) is not False:
                yield _doubt(rule.id, number, doubt.says, doubt.sure)


@lru_cache(maxsize=4096)  # few sentences, in many decisions
def _rests_on(rule: str, cite: str, confidence: str) -> tuple[str, str]:
    says = f"{rule} rests on {cite}: confidence {confidence}, {CONFIDENCE[confidence]}"
    return f"{rule}#confidence-{confidence}", says


@lru_cache(maxsize=4096)
def _doubt(rule: str, number: int, says: str, sure: str) -> tuple[str, str]:
    return f"{rule}#doubt-{number}", f"{rule}: {says} (confidence {sure})"
