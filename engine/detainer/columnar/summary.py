"""What a table of decisions comes to, for a county council: by place, year and ruling, what is open, and what changes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import ibis

from detainer import drawing
from detainer.columnar import files
from detainer.columnar.database import connect
from detainer.columnar.facts import PLACE, Column
from detainer.columnar.given import require_decisions
from detainer.columnar.plan import NEXT
from detainer.decision import CONFIDENCE, NOTES
from detainer.formats import plural
from detainer.library import Library
from detainer.page import Link, Page, Section
from detainer.safe import html, printable
from detainer.wording import question, said

_MOST = 25
"""How many rows a table of a report has at most."""


_CAVEATS = {
    "caution": "a hold deserves a caution",
    "open-limit": "it is not known whether this limit applies; the earlier end is taken",
    "day-unknown": "the day it took effect is not known, and the answer for that day could be another",
    "too-many-ways": "the unknown facts could turn out in too many ways, so not all were tried; the answer is release",
}


class Bar(NamedTuple):
    """A bar of a chart: its name, and how many decisions of each kind it stands for."""

    name: str
    hold: int
    release: int
    open: int


def report(paths: Sequence[Path], library: Library) -> Page:
    """The report on the decisions that `detainer bulk` wrote. Raises `DetainerError` for files that are none of these."""
    con = connect()
    table = con.table(files.as_view(con, paths, "decisions"))
    require_decisions(con, paths, table, library)
    table = table.mutate(
        settled=table.settled.cast("boolean"),
        law_as_of=table.law_as_of.cast("date"),
        caveats=table.caveats.cast("string").fill_null(""),
        open_questions=table.open_questions.cast("string").fill_null(""),
    )
    table = table.mutate(year=table.law_as_of.year())
    summary = _Summary(con, table, library)
    title = "Immigration detainers: what the law said"
    name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
    if not int(table.count().execute()):
        return Page(title, (Section("In short", (f"{name} has no decisions.", NOTES[0])),))
    sections = [
        summary.whole(name), summary.by_place(), summary.by_stretch(), summary.by_year(), summary.by_ruling(), summary.open(),
        summary.caveats(), summary.changes(), summary.law(),
    ]  # fmt: skip
    return Page(title, tuple(each for each in sections if each is not None))


class _Summary:
    def __init__(self, con: Any, table: Any, library: Library) -> None:
        self._con, self._table, self._library = con, table, library
        counts = {
            "hold": (table.outcome == "hold").sum(),
            "release": ((table.outcome == "release") & table.settled).sum(),
            "open": (~table.settled).sum(),
        }
        self._counts: dict[str, Column] = {name: each.fill_null(0).cast("int64") for name, each in counts.items()}

    def _rows(self, table: Any) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self._con.to_pyarrow(table).to_pylist()]

    def _bars(self, *names: str, by_count: bool = False) -> list[tuple[Any, ...]]:
        grouped = self._table.group_by(list(names)).agg(**self._counts, n=self._table.count())
        return self._rows(grouped.order_by([ibis.desc("n"), *names] if by_count else list(names)))

    def whole(self, name: str) -> Section:
        hold, release, open_ = self._rows(self._table.aggregate(**self._counts))[0]
        first, last, count = self._rows(
            self._table.aggregate(a=self._table.law_as_of.min(), b=self._table.law_as_of.max(), n=self._table.count())
        )[0]
        return Section(
            "In short",
            (
                f"{name} has {plural(count, 'decision')} under the law of {first} to {last}. By the facts in the records the "
                f"jail may or must hold in {hold:,} ({_share(hold, count)}) and must release in {release:,} "
                f"({_share(release, count)}).",
                f"{open_:,} ({_share(open_, count)}) are open: a fact that the records do not have could change the answer, and "
                "until it is known the answer is release, because an unknown never justifies a hold.",
                NOTES[0],
            ),
        )

    def by_place(self) -> Section:
        bars = [Bar(self._name(place), *counts) for place, *counts, _ in self._bars(PLACE)]
        return Section("By place", table=_table("Place", bars), picture=_chart(bars, across=True))

    def by_stretch(self) -> Section:
        """Decisions by the stretch of unchanged law that was applied."""
        counted: dict[tuple[str, date | None], list[int]] = {}
        for place, day, *counts, _ in self._bars(PLACE, "law_as_of"):
            sums = counted.setdefault((place, self._library.law(place, day).since), [0, 0, 0])
            sums[:] = [one + other for one, other in zip(sums, counts, strict=True)]
        bars = [
            Bar(f"{self._name(place)}, {f'from {since}' if since else 'before'}", *counts)
            for (place, since), counts in counted.items()
        ]
        return Section(
            "By stretch of law",
            ("A stretch lasts until the law of the place changes next.", *_rest(bars, "stretches")),
            table=_table("Law", bars[:_MOST]),
            picture=_chart(bars[:_MOST], across=True),
        )

    def by_year(self) -> Section:
        bars = [Bar(str(year), *counts) for year, *counts, _ in self._bars("year")]
        return Section("By year", table=_table("Year", bars), picture=_chart(bars))

    def by_ruling(self) -> Section:
        rows = self._bars("outcome", "ruling", "authority", by_count=True)
        told = [
            (ruling, Link(authority, self._urls.get(ruling)), outcome, f"{count:,}", f"{open_:,}")
            for outcome, ruling, authority, _, _, open_, count in rows[:_MOST]
        ]
        return Section(
            "By ruling",
            _rest(rows, "rulings"),
            table=(("Ruling", "Rests on", "Outcome", "Decisions", "Of these open"), *told),
        )

    @cached_property
    def _urls(self) -> dict[str, str | None]:
        """Where what rules of the places rest on can be read."""
        places = [place for (place,) in self._rows(self._table.select(PLACE).distinct())]
        laws = (law for place in places for law in self._library.history(place))
        return {rule.id: rule.authority.url for law in laws for rule in law.rules}

    def open(self) -> Section | None:
        asked = self._table.open_questions.re_replace(r"\[\d+\]", "").split(" ").unique()
        facts = self._table.select(PLACE, fact=asked).unnest("fact")
        facts = facts.filter(facts.fact != "")
        place = facts[PLACE].min()
        rows = self._rows(facts.group_by("fact").agg(n=facts.count(), place=place).order_by([ibis.desc("n"), "fact"]))
        if not rows:
            return None
        told = [(f"{count:,}", fact, self._ask(fact, where)) for fact, count, where in rows[:_MOST]]
        bars = [Bar(fact, 0, 0, count) for fact, count, _ in rows[:_MOST]]
        sentence = "How many decisions hang on each fact; one can hang on several."
        return Section(
            "Open questions",
            (sentence, *_rest(rows, "facts")),
            table=(("Decisions", "Fact", "Question"), *told),
            picture=_chart(bars, across=True),
        )

    def caveats(self) -> Section | None:
        codes = self._table.select(PLACE, code=self._table.caveats.split(" ")).unnest("code")
        codes = codes.filter(codes.code != "")
        grouped = codes.group_by("code").agg(n=codes.count(), place=codes[PLACE].min())
        rows = self._rows(grouped.order_by([ibis.desc("n"), "code"]))
        told = [(f"{count:,}", *self._caveat(code, place)) for code, count, place in rows[:_MOST]]
        table = (("Decisions", "Rule", "Caveat"), *told)
        return Section("What is not sure about the law", _rest(rows, "caveats"), table=table) if rows else None

    def _caveat(self, code: str, place: str) -> tuple[str, str]:
        """The rule that a caveat is about, and the caveat in words: see `Decision.caveat_codes`."""
        rule, _, kind = code.rpartition("#")
        of_place = {each.id: each for law in self._library.history(place) for each in law.rules}
        what, _, number = kind.rpartition("-")
        if what == "doubt" and rule in of_place and int(number) <= len(of_place[rule].doubts):
            return rule, of_place[rule].doubts[int(number) - 1].doubt.says
        return rule, f"confidence {number}: {CONFIDENCE[number]}" if what == "confidence" else _CAVEATS.get(kind, kind)

    def changes(self) -> Section:
        """What the next change of law alters, where the decisions say it; else which changes there are."""
        heading = "What the next change of law would alter"
        if NEXT[0] in self._table.columns:
            table = self._table.filter(self._table.next_from.notnull())
            table = table.filter((table.outcome != table.next_outcome) | (table.settled != table.next_settled))
            names = [PLACE, "next_from", "outcome", "settled", "next_outcome", "next_settled"]
            counted = table.group_by(names).agg(n=table.count())
            rows = self._rows(counted.order_by([PLACE, "next_from", ibis.desc("n"), "outcome", "next_outcome"]))
            told = [
                (self._name(place), str(day), _said(*now), _said(*then), f"{count:,}")
                for place, day, *both, count in rows
                for now, then in [(both[:2], both[2:])]
            ]
            sentence = "Each decision, made again of the same facts under the law that came next at its place."
            if not told:
                return Section(heading, (sentence, "None comes out otherwise."))
            return Section(
                heading, (sentence,), table=(("Place", "Next law from", "Decided", "Then", "Decisions"), *told)
            )
        grouped = self._table.group_by([PLACE, "ruling"])
        counted = grouped.agg(n=self._table.count(), last=self._table.law_as_of.max()).order_by([PLACE, "ruling"])
        points: list[str] = []
        for place, ruling, count, last in self._rows(counted):
            law = self._library.law(place, last)
            after = law.after
            if after is not None and ruling not in {rule.id for rule in after.rules}:
                rests = f"on which {plural(count, 'decision')} {'rests' if count == 1 else 'rest'}"
                ceases = f"{rests}, is no longer in force from {said(law.until)}"
                points.append(f"{self._name(place)}: {ruling}, {ceases}.")
        sentence = "Rulings of these decisions that the next law of the place no longer has."
        none = "None of the rulings ceases with the next law of its place."
        how = "`detainer bulk --next-law` decides every row under the next law, too; what comes out otherwise is counted then."
        return Section(heading, (sentence if points else none, how), tuple(points))

    def law(self) -> Section:
        grouped = self._table.group_by([PLACE, "digest"]).agg(n=self._table.count())
        rows = self._rows(grouped.order_by([PLACE, "digest"]))
        return Section(
            "The law that was applied",
            ("The digest names the texts of the rulesets, so that the figures can be made again.",),
            table=(("Place", "Digest", "Decisions"), *((place, digest, f"{count:,}") for place, digest, count in rows)),
        )

    def _name(self, place: str) -> str:
        return self._library.history(place)[0].name

    def _ask(self, fact: str, place: str) -> str:
        return question(tuple(fact.split(".")), self._library.history(place)[-1].asks)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}"


def _said(outcome: str, settled: bool) -> str:
    return outcome if settled else f"{outcome}, open"


def _rest(rows: Sequence[Any], what: str) -> tuple[str, ...]:
    return (f"The {_MOST} most frequent of {len(rows):,} {what}.",) if len(rows) > _MOST else ()


def _table(head: str, bars: Sequence[Bar]) -> tuple[tuple[str, ...], ...]:
    rows = [
        (bar.name, f"{all_:,}", f"{bar.hold:,}", f"{bar.release:,}", f"{bar.open:,}", _share(all_ - bar.open, all_))
        for bar in bars
        for all_ in [bar.hold + bar.release + bar.open]
    ]
    return ((head, "Decisions", "Hold", "Release", "Open", "Settled"), *rows)


_LOOKS = {"hold": ("#3182bd", ""), "release": ("#c7e9c0", ""), "open": ("#fdae6b", "..")}
"""Colors that differ in gray, too, and a hatch for what is open."""

_LABEL = 60
"""A name beside a bar is cut off after so many signs, so that the bars have room; the description has all of it."""


def _chart(bars: Sequence[Bar], *, across: bool = False) -> str:
    """Stacked bars, one below the other, or beside each other, as SVG with a description for readers of the screen."""
    names = [printable(bar.name) for bar in bars]
    labels = [name if len(name) <= _LABEL else f"{name[: _LABEL - 1]}…" for name in names]
    with drawing.as_told(**{"font.size": 8}):
        size = (7.2, 0.6 + 0.28 * len(bars)) if across else (7.2, 2.6)
        figure = drawing.library("matplotlib.figure").Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        base = [0] * len(bars)
        for kind, (color, hatch) in _LOOKS.items():
            values = [getattr(bar, kind) for bar in bars]
            if not any(values):
                continue
            look = {"color": color, "hatch": hatch, "edgecolor": "black", "linewidth": 0.4, "label": kind}
            if across:
                axes.barh(range(len(bars)), values, left=base, **look)
            else:
                axes.bar(range(len(bars)), values, bottom=base, **look)
            base = [one + other for one, other in zip(base, values, strict=True)]
        (axes.set_yticks if across else axes.set_xticks)(range(len(bars)), labels)
        if across:
            axes.invert_yaxis()
        counts = axes.xaxis if across else axes.yaxis
        counts.set_major_locator(drawing.library("matplotlib.ticker").MaxNLocator(integer=True))
        counts.set_major_formatter("{x:,.0f}")
        axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
        axes.spines[["top", "right"]].set_visible(False)
        drawn = drawing.svg(figure)
    words = "; ".join(
        f"{name}: {bar.hold:,} hold, {bar.release:,} release, {bar.open:,} open"
        for name, bar in zip(names, bars, strict=True)
    )
    start = drawn.index("<svg")
    return drawn[start:].replace("<svg ", f'<svg role="img" aria-label="{html(words)}" ', 1).strip()
