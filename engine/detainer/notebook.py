"""What a notebook shows of a decision, a law and a timeline: HTML without a style of its own, everything in it escaped."""

from __future__ import annotations

from detainer.decision import NOTES, Decision
from detainer.formats import ruled
from detainer.library import Law
from detainer.page import Page, Section
from detainer.reasons import EFFECTS
from detainer.timeline import Timeline


def decision(decision: Decision) -> str:
    """The answer, the ruling and what it rests on, what is open and what is not sure."""
    ruling, authority = decision.ruling, decision.ruling.authority
    case = decision.case
    rows = [
        ("ruling", f"{ruling.id}: {EFFECTS[ruling.effect]}, because {ruling.because}"),
        ("authority", f"{authority.cite} [{authority.confidence}]"),
        ("place", f"{decision.law.name} ({case.jurisdiction}), law of {decision.law_as_of}"),
        (
            "scheduled release",
            f"{decision.situation.release_at.astimezone(decision.situation.where):%Y-%m-%d %H:%M %z}",
        ),
        *(("open", each.ask) for each in decision.open_questions),
        *(("caveat", each) for each in decision.caveats),
    ]
    title = ruled(decision.to_dict(considered=False))
    return _fragment(title, Section("Why", (), (), (("about", "what is so"), *rows)))


def law(law: Law) -> str:
    """The rules in force, the strongest first."""
    since, until = law.since or "ever", law.until or "further notice"
    head = ("rank", "effect", "rule", "when", "from", "until", "authority")
    rows = [
        (
            str(each.rank),
            f"{each.effect} {each.rule.hours} hours" if each.rule.hours else each.effect,
            each.id,
            each.rule.when or "always",
            str(each.rule.from_ or ""),
            str(each.rule.until or ""),
            f"{each.authority.cite} [{each.authority.confidence}]",
        )
        for each in law.rules
    ]
    section = Section(f"In force since {since}, until {until}", (), (), (head, *rows))
    return _fragment(f"{law.name} ({law.place})", section)


def timeline(timeline: Timeline) -> str:
    """The picture, and the intervals in words."""
    from detainer.picture import described, summary, svg

    sentences = tuple(described(each, timeline) for each in timeline.intervals)
    events = tuple(f"{each.at:%Y-%m-%d %H:%M} {each.event.replace('_', ' ')}" for each in timeline.events)
    drawn = svg([(timeline.place, timeline)]) if timeline.intervals else ""
    picture = drawn[drawn.find("<svg") :]  # what stands before it has no place within a page
    return _fragment(
        f"Custody in {timeline.place}",
        Section("Events", (), events),
        Section(summary(timeline), (), sentences, (), picture),
    )


def _fragment(title: str, *sections: Section) -> str:
    return Page(title, (*sections, Section("", NOTES))).fragment()
