"""Hypothesis strategies for law: conditions, ruleset files and libraries that no legislature wrote, for holding engines together.

Rulesets are written as files, so that the whole path from YAML on is exercised.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

from hypothesis import strategies as st

from detainer.language.fields import Day, Record, Records, Truth, Type, Word, Words, case_fields
from detainer.law import RANKS, Excluded
from detainer.library import Library

PLACES = ("us", "us/xx", "us/xx/yy")
"""The places of a generated library, each within the one before."""

DEFINITIONS = ("asks", "shown")
"""What conditions of generated rulesets may name besides facts."""

FIRST, LAST = date(2012, 1, 1), date(2020, 12, 31)
"""Between which days generated rules begin and end."""

_KINDS = tuple(kind for kind in RANKS if kind != "cited_ruling")
_NAMED = re.compile(rf"\b({'|'.join(DEFINITIONS)})\b(?!_)")
_DEFINED = [(name, *DEFINITIONS[:number]) for number, name in enumerate(DEFINITIONS)]
"""Each with those before it, which it may name."""


# -- conditions --------------------------------------------------------------------------------------------------------------


def conditions(tests: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[str]:
    """Conditions that a ruleset could have, as text: `tests` (of every fact there is, for None) joined by `and`, `or`, `not`."""

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            inner.map(lambda text: f"not ({text})"),
            several.map(lambda parts: " and ".join(f"({part})" for part in parts)),
            several.map(lambda parts: " or ".join(f"({part})" for part in parts)),
        )

    return st.recursive(tests if tests is not None else _tests(), more, max_leaves=6)


@cache
def _tests() -> st.SearchStrategy[str]:
    """One question of the facts of a case."""
    each = [_of_fact(name, type_) for name, type_ in case_fields().fields.items()]
    ages = st.builds(
        "age_on({}) {} {}".format,
        st.sampled_from(("release_at", "asked_at")),
        st.sampled_from((">=", "<", ">", "<=", "==")),
        st.integers(16, 22),
    )
    return st.one_of(ages, st.sampled_from(DEFINITIONS), *(one for one in each if one is not None))


def _of_fact(name: str, type_: Type) -> st.SearchStrategy[str] | None:
    match type_:
        case Record():
            below = [_of_value(f"{name}.{fact}", each) for fact, each in type_.fields.items() if _by_name(type_, fact)]
            there = [] if name == "person" else [st.just(name)]
            return st.one_of(*there, *(each for each in below if each is not None))
        case Records():
            return _of_list(name, type_.item)
        case _:
            return None


def _by_name(record: Record, fact: str) -> bool:
    """Whether a condition asks for a fact by its name: age and birth are asked for by `age_on`."""
    return fact not in record.asked_by


def _of_value(path: str, type_: Type) -> st.SearchStrategy[str] | None:
    match type_:
        case Truth():
            return st.just(path)
        case Word(choices=choices) if choices:
            one = st.sampled_from(choices)
            some = st.lists(one, min_size=1, max_size=3, unique=True).map(json.dumps)
            return st.one_of(
                one.map(f'{path} == "{{}}"'.format),
                one.map(f'{path} != "{{}}"'.format),
                some.map(f"{path} in {{}}".format),
            )
        case Words(choices=choices):
            return st.one_of(st.just(path), st.sampled_from(choices).map(f'"{{}}" in {path}'.format))
        case Day():
            fixed = st.builds(
                f'{path} {{}} "{{}}"'.format, st.sampled_from((">=", "<", ">", "<=", "==")), st.dates(FIRST, LAST)
            )
            within = st.integers(1, 12).map(f"within_years({path}, {{}})".format)
            return st.one_of(fixed, within, st.just(f"{path} < release_at"))
        case _:
            return None


def _of_list(name: str, item: Record) -> st.SearchStrategy[str]:
    of_entry = [_of_value(f"c.{fact}", each) for fact, each in item.fields.items()]
    latest = [st.integers(1, 12).map(f"within_years(c.{both}, {{}})".format) for both in item.either_of]
    one = st.one_of(*(each for each in of_entry if each is not None), *latest)
    inner = st.one_of(
        one,
        one.map("not ({})".format),
        st.builds("({}) and ({})".format, one, one),
        st.builds("({}) or ({})".format, one, one),
    )
    counted = st.builds(
        "count({} for c in {}) {} {}".format,
        inner,
        st.just(name),
        st.sampled_from((">=", "<", "==")),
        st.integers(1, 2),
    )
    return st.one_of(
        st.just(name),
        inner.map(f"any({{}} for c in {name})".format),
        inner.map(f"all({{}} for c in {name})".format),
        counted,
    )


# -- rulesets ----------------------------------------------------------------------------------------------------------------


@st.composite
def rulesets(
    draw: st.DrawFn, place: str, conditions: st.SearchStrategy[str] | None = None, kinds: Sequence[str] = _KINDS
) -> dict[str, Any]:
    """The data of a ruleset file of up to four rules, with authorities of `kinds`; of ``us`` also time zone, holidays,
    definitions and the default.
    """
    written = conditions if conditions is not None else _conditions()
    chosen = [draw(_rules(number, written, kinds)) for number in range(draw(st.integers(0, 4)))]
    for rule in chosen:
        equals = [other["id"] for other in chosen if other["authority"] == rule["authority"] and other is not rule]
        if equals and draw(st.integers(0, 2)) == 0:
            rule["overrides"] = [draw(st.sampled_from(equals))]
    ruleset: dict[str, Any] = {
        "jurisdiction": place,
        "name": place,
        "authorities": {
            _named(kind): {
                "kind": kind,
                "cite": kind,
                "confidence": draw(st.sampled_from("ABC")),
                "source": "generated",
            }
            for kind in kinds
        },
        "rules": chosen,
    }
    if place == PLACES[0]:
        ruleset |= {
            "timezone": "America/Los_Angeles",
            "holidays": "US",
            "sets": {"CUSTODY": list(_forms())},
            "definitions": {name: draw(written.filter(_names_only(*earlier))) for name, *earlier in _DEFINED},
        }
        chosen.append(
            {"id": "nothing", "authority": _named(kinds[0]), "effect": "default", "because": "nothing permits it"}
        )
    return ruleset


def _names_only(*definitions: str) -> Callable[[str], bool]:
    return lambda text: set(_NAMED.findall(text)) <= set(definitions)


@cache
def _conditions() -> st.SearchStrategy[str]:
    return conditions()


def _forms() -> Iterator[str]:
    """Some of the forms of a detainer, for a constant set."""
    detainer = cast("Record", case_fields().fields["detainer"])
    return iter(cast("Word", detainer.fields["form"]).choices[::2])


def _named(kind: str) -> str:
    return kind.replace("_", "-")


@st.composite
def _rules(draw: st.DrawFn, number: int, conditions: st.SearchStrategy[str], kinds: Sequence[str]) -> dict[str, Any]:
    effect = draw(st.sampled_from(["requires", "permits", "permits", "prohibits", "limits"]))
    start, end = sorted(draw(st.tuples(st.dates(FIRST, LAST), st.dates(FIRST, LAST))))
    rule: dict[str, Any] = {"id": f"rule-{number}", "authority": _named(draw(st.sampled_from(kinds)))}
    if draw(st.integers(0, 3)) == 0 and start < end:
        rule["from"] = start.isoformat()
        rule["until"] = end.isoformat()
    rule |= {"effect": effect, "because": "of {detainer.form}", "when": draw(conditions)}
    if effect != "prohibits":
        rule["basis"] = draw(st.sampled_from(["detainer", "detainer", "judicial_warrant"]))
    if effect == "limits":
        rule["hours"] = draw(st.integers(1, 96))
        rule["excluding"] = draw(st.lists(st.sampled_from(get_args(Excluded)), unique=True))
    return rule


@st.composite
def libraries(
    draw: st.DrawFn, conditions: st.SearchStrategy[str] | None = None, kinds: Sequence[str] = _KINDS
) -> Library:
    """A library of three generated files, `PLACES`, in a folder of its own that lasts as long as the process."""
    folder = Path(tempfile.mkdtemp(dir=_folder().name))
    for place in PLACES:
        file = folder / f"{place}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(draw(rulesets(place, conditions, kinds))), "utf-8")  # JSON is YAML
    return Library(folder)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="detainer-")
