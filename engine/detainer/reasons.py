"""A decision in plain words, for a reader who knows neither the engine nor the condition language. Decides nothing.

The order is an instructor's: the answer, the facts, the ruling and why it applied, what else spoke and why it lost, the law's
dates, how the deadline was counted, what is not sure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from detainer import clock
from detainer.case import Case
from detainer.decision import CONFIDENCE, NOTES, Decision, Fate
from detainer.engines import decide
from detainer.errors import Path
from detainer.evidence import evidence, failing
from detainer.given import Data
from detainer.language.tree import Count, Node, Not, Truth
from detainer.library import Law
from detainer.page import Page, Section
from detainer.provision import Provision
from detainer.wording import joined, lasting, left_open, told_apart, yes_or_no

EFFECTS = {
    "requires": "the jail must hold",
    "permits": "the jail may hold",
    "prohibits": "the jail may not hold",
    "limits": "a hold on this basis ends in time",
    "cautions": "a hold here deserves a caution",
    "default": "release, where nothing else speaks",
}
"""What a rule says, in plain words."""

_FATES: dict[Fate, str] = {
    "defeated": "lost: ",
    "noted": "was noted: ",
    "moot": "had nothing to limit: ",
    "not_met": "did not apply: ",
    "open": "could apply: ",
    "not_in_force": "was not in force: ",
}
_ANSWERS: dict[Truth, str] = {True: "Yes", False: "No", None: "Not known"}


def explain(decision: Decision | Case | Data, title: str | None = None) -> Page:
    """Why a decision came out as it did, in plain words; a case, or a mapping of its facts, is decided first. Days and times are
    local to the place. Raises like `decide`.

    >>> from detainer import Case, decide
    >>> case = Case(jurisdiction="us/wa/king", release_at="2017-03-20T10:00", detainer={"form": "I-247D"}, judicial_warrant=None)
    >>> explain(decide(case)).sections[0].sentences[1]
    'No. The jail must release the person.'
    """
    decision = decision if isinstance(decision, Decision) else decide(decision)
    parts = [
        _answer(decision),
        _facts(decision),
        _ruling(decision),
        _others(decision),
        _dates(decision),
        _count(decision),
        _caveats(decision),
    ]
    return Page(title or "Hold or release?", tuple(part for part in parts if part))


def when(moment: datetime | date) -> str:
    """``Monday 3 March 2014, 10:00 (UTC-08:00)``, or the day alone."""
    text = f"{moment:%A} {moment.day} {moment:%B %Y}"
    if isinstance(moment, datetime):
        offset = f"{moment:%z}"
        text += f", {moment:%H:%M} (UTC{offset[:3]}:{offset[3:5]})"
    return text


def _answer(decision: Decision) -> Section:
    situation, law = decision.situation, decision.law
    release = situation.release_at.astimezone(situation.where)
    asked = situation.asked_at.astimezone(situation.where)
    at = "" if asked == release else f" Asked about {when(asked)}."
    question = (
        f"May {law.name}, keep the person past scheduled release on {when(release)} for immigration authorities?{at}"
    )
    if decision.outcome == "hold":
        must = "Yes, and it must." if decision.ruling.effect == "requires" else "Yes, it may."
        end = f"until {when(decision.hold_until)}, and no longer" if decision.hold_until else "without a fixed end"
        sentences = [question, f"{must} The hold is lawful {end}.", *_other_end(decision)]
    else:
        sentences = [question, "No. The jail must release the person."]
    if decision.settled:
        return Section("The answer", tuple(sentences))
    sentences.append(
        "This is not settled: facts that are not known could turn it, and what is not known never justifies a hold. To settle "
        "it, ask:"
    )
    return Section("The answer", tuple(sentences), tuple(each.ask for each in decision.open_questions))


def _other_end(decision: Decision) -> Iterator[str]:
    """What ends the hold, where that is not the limit of the law of the day."""
    end, limit_ends = decision.hold_until, decision.limit_ends
    if end and end != limit_ends:
        alone = f"; by itself, the law of the day would allow it until {when(limit_ends)}" if limit_ends else ""
        yield f"From then on the same facts give release under {decision.ended_by}{alone}."


def _facts(decision: Decision) -> Section:
    """What is known, what is known not to be, and what nobody has stated."""
    told = told_apart(decision.case)
    asked = set(_asked_for(decision.law))

    def matters(fact: Path) -> bool:
        names = tuple(str(part) for part in fact if not isinstance(part, int))
        return any(each[: len(names)] == names for each in asked)

    lines = (
        ("Known", told.known),
        ("Known not to be", told.absent),
        ("Not known", [left_open(fact) for fact in told.unknown if matters(fact)]),
        (
            "Not known, nor asked for by the law of that day",
            [left_open(fact) for fact in told.unknown if not matters(fact)],
        ),
    )
    return Section("The facts", (), tuple(f"{head}: {'; '.join(facts)}." for head, facts in lines if facts))


def _asked_for(law: Law) -> Iterator[tuple[str, ...]]:
    """The facts that the law asks for, those of the entries of a list behind the list's name."""
    for test in law.tests:
        yield from (path.names for path in test.paths())
        if isinstance(test, Count):
            for each in test.each.tests():
                yield from ((*test.items.names, *path.names) if path.of_item else path.names for path in each.paths())


def _ruling(decision: Decision) -> Section:
    ruling, authority = decision.ruling, decision.ruling.authority
    rule = decision.resolution.control.ruling
    truth = decision.truths[decision.law.rules.index(rule)]
    sentences = [
        f"{ruling.id}: {EFFECTS[ruling.effect]}, because {ruling.because}.",
        f"It rests on {authority.cite}{f' ({authority.url})' if authority.url else ''}. Source: {authority.source}; "
        f"confidence {authority.confidence}: {CONFIDENCE[authority.confidence]}.",
    ]
    if authority.point:
        sentences.append(f"What it stands for: {authority.point}.")
    also = [each.cite for each in rule.see if each.date is None or each.date <= decision.law_as_of]
    if also:
        sentences.append(f"See also {'; '.join(also)}.")
    reasons = tuple(_asked(part, decision) for part in _parts(decision, rule))
    if reasons:
        sentences.append("Why it applies to these facts:" if truth else "Whether it applies hangs on this:")
    return Section("The ruling", tuple(sentences), reasons)


def _parts(decision: Decision, rule: Provision) -> list[Node]:
    """What makes a rule met, not met or open, definitions that have a question as a whole."""
    return rule.when.why(decision.situation, named=decision.law.asks)[1]


def _asked(part: Node, decision: Decision) -> str:
    """Question, answer and fact."""
    asked = part.part if isinstance(part, Not) else part
    answer = _ANSWERS[asked.truth(decision.situation)]
    return f"{yes_or_no(asked, decision.law.asks)} {answer}: {evidence(asked, decision.situation)}."


def _others(decision: Decision) -> Section:
    """Every other rule of the place: those that spoke first, then those that did not apply."""
    rules = {rule.id: rule for rule in (*decision.law.rules, *decision.law.dormant)}
    order: list[Fate] = ["limits", "concurs", "defeated", "noted", "open", "moot", "not_met", "not_in_force"]
    findings = sorted(
        (each for each in decision.considered if each.fate != "controls"), key=lambda each: order.index(each.fate)
    )
    points: list[str] = []
    for finding in findings:
        rule = rules[finding.id]
        why = finding.why
        if finding.fate == "not_met":
            why = failing(_parts(decision, rule), lambda part: _asked(part, decision), " ")
        elif finding.fate == "open":
            why = " ".join(_asked(part, decision) for part in _parts(decision, rule))
        points.append(
            f"{finding.id} ({EFFECTS[rule.effect]}; {rule.authority.cite}) {_FATES.get(finding.fate, '')}{why.rstrip('.')}."
        )
    return Section("What else spoke, and what became of it", (), tuple(points))


def _dates(decision: Decision) -> Section:
    law, rule = decision.law, decision.resolution.control.ruling.rule
    sentences = [f"The law of {when(decision.law_as_of)} was applied, the local day of the moment asked about."]
    start = f"from {when(rule.from_)}" if rule.from_ else "at all times known here"
    end = f" through {when(rule.until - timedelta(days=1))}" if rule.until else ""
    sentences.append(f"The ruling is in force {start}{end}.")
    since = f"has not changed since {when(law.since)}" if law.since else "has no earlier change on record here"
    until = f", and next changes on {when(law.until)}" if law.until else ", and no later change is on record"
    sentences.append(f"The law of this place {since}{until}. Its text: {decision.ruleset_digest}.")
    return Section("The law's dates", tuple(sentences))


def _count(decision: Decision) -> Section | None:
    limit, situation = decision.resolution.control.limit, decision.situation
    if limit is None:
        if decision.outcome == "release":
            return None
        none = f"No limit in force ends a hold on this basis ({decision.ruling.id})."
        return Section("The deadline", (none, *_other_end(decision)))
    rule, where, calendar = limit.rule, situation.where, decision.law.calendar
    days = [each if each == "holidays" else each.capitalize() for each in rule.excluding]
    excluding = f", not counting {joined(days)}" if days else ""
    sentences = (
        f"{limit.id} ends the hold {rule.hours} hours after scheduled release{excluding} ({limit.authority.cite}). The hours "
        "run once, from scheduled release, and are elapsed hours: a day on which the clocks change has 23 or 25.",
        *_other_end(decision),
    )
    rows = [("day", "from", "to", "counted", "left out because")]
    for each in clock.count_days(situation.release_at, rule.hours or 0, rule.excluding, where, calendar):
        start, end = each.start.astimezone(where), each.end.astimezone(where)
        why = each.excluded or ""
        if each.excluded == "holidays" and calendar:
            why = f"holiday: {clock.holiday_name(calendar, each.day)}"
        elif each.excluded:
            why = f"it is a {each.excluded.removesuffix('s').capitalize()}"
        last = "24:00" if end.date() != each.day else f"{end:%H:%M}"
        rows.append((f"{each.day:%a} {each.day}", f"{start:%H:%M}", last, lasting(timedelta(hours=each.hours)), why))
    return Section("How the deadline was counted", sentences, (), tuple(rows))


def _caveats(decision: Decision) -> Section:
    return Section("What is not sure", NOTES, decision.caveats)
