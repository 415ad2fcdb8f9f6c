"""Rulesets on disk, and the law in force at a place on a day. The only module that reads rulesets.

A jurisdiction inherits from those it lies within: ``us/wa/king`` from ``us/wa`` from ``us``. Files are read when they are
first needed and kept; a bad file stops only the places that need it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from detainer import clock
from detainer.case import day_of
from detainer.errors import DetainerError, FileError, PlaceError, Problem, did_you_mean, path_to, wanted
from detainer.given import DayLike, PathTo
from detainer.language import Node, Test
from detainer.language.shape import Shape, shape
from detainer.language.tree import Truth
from detainer.provision import Provision, Rulebook, bind
from detainer.saved import Unchanging, same_law, shown
from detainer.situation import Situation
from detainer.vocabulary import shipped_rulesets
from detainer.yamlfile import Source, read

_PLACE = re.compile(r"[a-z][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*")
_NOT_PLACES = ("claims", "constraints", "records", "vocabulary")


@dataclass(frozen=True, eq=False)
class Law(Unchanging):
    """The law of one place while it does not change: on the days [`since`, `until`), None for no bound.

    `rules` are in force, in precedence order; `dormant` are those of the place that are not in force then. `digest` is
    the SHA-256 of the texts that were read; `asks` are the questions for definitions and facts, by name; `after` is the law of
    the place that comes next. Compared by identity: a library makes each stretch once, and
    `library` is that one.
    """

    place: str
    name: str
    timezone: str | None
    calendar: str | None
    since: date | None
    until: date | None
    rules: tuple[Provision, ...]
    dormant: tuple[Provision, ...]
    default: Provision
    digest: str
    asks: Mapping[str, str] = field(repr=False)
    after: Law | None = field(default=None, repr=False)
    library: Library | None = field(default=None, repr=False)
    kept: dict[str, object] = field(default_factory=dict[str, object], repr=False)
    """Where others keep what they worked out for this law, each under its own name: an engine its network."""

    def in_force(self, day: DayLike) -> bool:
        """Whether it is the law of that local day. Raises `DetainerError` for what is none."""
        day = day_of(day, "day")
        return (self.since or date.min) <= day < (self.until or date.max)

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """The different questions that the rules in force ask of the facts."""
        return tuple(dict.fromkeys(test for rule in self.rules for test in rule.when.tests()))

    @cached_property
    def conditions(self) -> tuple[Node, ...]:
        """The different conditions of the rules in force. Rules that share one are met together."""
        return tuple(dict.fromkeys(rule.when for rule in self.rules))

    @cached_property
    def number_of(self) -> Mapping[int, int]:
        """The place in `tests` of each of them, by its identity: to look a test up by what it asks would cost more."""
        return {id(test): number for number, test in enumerate(self.tests)}

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """For each of `conditions`, what it is under answers to `tests` given in their order."""
        return tuple(shape(condition, self.tests.index) for condition in self.conditions)

    @cached_property
    def condition_of(self) -> tuple[int, ...]:
        """For each of `rules`, which of `conditions` is its own."""
        return tuple(self.conditions.index(rule.when) for rule in self.rules)

    def truths(self, situation: Situation) -> tuple[Truth, ...]:
        """Whether each of `rules` is met (True), not met (False) or open (None): each condition asked of the facts."""
        found = [condition.truth(situation) for condition in self.conditions]
        return tuple([found[index] for index in self.condition_of])

    @cached_property
    def doubtful_days(self) -> tuple[Provision, ...]:
        """Rules of the place whose first day is not known."""
        return tuple(rule for rule in (*self.rules, *self.dormant) if rule.rule.day_unknown)

    @cached_property
    def where(self) -> tzinfo:
        """The time zone. Raises `PlaceError` where the place has none, being too wide to have a local time."""
        if self.timezone is None:
            raise PlaceError(f"`{self.place}` has no local time of its own; name a state or county within it")
        return clock.zone(self.timezone)

    def __repr__(self) -> str:
        since, until = f" since {self.since}" if self.since else "", f" until {self.until}" if self.until else ""
        return shown("Law of", f"{self.place}{since}{until}:", f"{len(self.rules)} rules, {self.digest[:15]}")

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON: the place, its days and its rules in force, in precedence order."""
        return {
            "place": self.place,
            "name": self.name,
            "timezone": self.timezone,
            "since": self.since and str(self.since),
            "until": self.until and str(self.until),
            "ruleset_digest": self.digest,
            "rules": [rule.to_dict() for rule in self.rules],
        }

    def _repr_html_(self) -> str:
        from detainer.notebook import law

        return law(self)

    def __reduce__(self) -> tuple[object, ...]:
        """Which law it is: the library that it is loaded from finds it again."""
        if self.library is None or self.library.law(self.place, self.since or date.min) is not self:
            raise TypeError(f"{self!r} is none that a library gives, so another process could not find it")
        return _law_again, (self.library, self.place, self.since, self.digest)


class Library(Unchanging):
    """The rulesets below a folder. `overlays` are further folders, of claims: a file there stands in for the one here.

    >>> Library().law("us/wa/king", "2017-03-20").rules[0].id
    'us/judicial-warrant'
    """

    def __init__(self, root: PathTo | None = None, overlays: Sequence[PathTo] = ()) -> None:
        self.root = shipped_rulesets() if root is None else path_to(root, "root")
        self.overlays = tuple(path_to(each, "overlays") for each in overlays)
        self._books: dict[str, Rulebook] = {}
        self._laws: dict[str, tuple[list[date], list[Law]]] = {}
        self._texts: dict[str, Source] = {}

    def __repr__(self) -> str:
        root = "the law that ships" if self.root == shipped_rulesets() else str(self.root)
        return shown("Library of", root, *(f"with {each}" for each in self.overlays))

    def __reduce__(self) -> tuple[object, ...]:
        """Where its files are, and what stands in for some of them; they are read anew."""
        root = None if self.root == shipped_rulesets() else self.root.absolute()
        overlays = tuple(each.absolute() for each in self.overlays)
        texts = tuple((place, source.name, source.text) for place, source in self._texts.items())
        return _library_again, (root, overlays, texts)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Every place that has a ruleset, sorted."""
        found: set[str] = set()
        for folder in (self.root, *self.overlays):
            for file in folder.rglob("*.yaml"):
                parts = file.relative_to(folder).with_suffix("").parts
                if parts[0] not in _NOT_PLACES:
                    found.add("/".join(parts))
        return tuple(sorted(found))

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """The claims about the law that can be compared with it: ``claims/<name>``."""
        folder = self.root / "claims"
        return tuple(sorted(f"claims/{each.name}" for each in folder.glob("*") if each.is_dir()))

    def with_claim(self, name: PathTo) -> Library:
        """This library as a claim has it. `name` is ``claims/<name>`` or a folder. Raises `DetainerError`."""
        name = str(path_to(name, "name"))
        folder = self.root / name if name in self.claims else Path(name)
        if not folder.is_dir():
            raise DetainerError(
                f"no claim `{name}`.{did_you_mean(name, self.claims)} A folder of rulesets will do, too."
            )
        if not any(place.split("/")[0] in self.places for place in Library(folder).places):
            message = f"`{name}` has no ruleset for any place that there is law for; lay its files out as here, such as"
            raise DetainerError(f"{message} {self.places[-1]}.yaml")
        return Library(self.root, (*self.overlays, folder))

    def with_ruleset(self, place: str, source: Source) -> Library:
        """This library with another text in place of one file's, as if it stood there; nothing is written."""
        other = Library(self.root, self.overlays)
        other._texts = {**self._texts, place: source}
        other._books = {name: book for name, book in self._books.items() if not within(name, place)}
        return other

    def source(self, place: str) -> Source:
        """The file of a place, read. Raises `PlaceError` and `FileError`."""
        self._require_place(place)
        return self._texts.get(place) or read(self._file(place))

    def book(self, place: str) -> Rulebook:
        """The checked ruleset of a place. Raises `PlaceError`, or `FileError` for its file or one that it inherits from."""
        book = self._books.get(place)
        if book is None:
            self._require_place(place)
            around = place.rpartition("/")[0]
            if around and around not in self.places:
                raise PlaceError(f"`{place}` lies within `{around}`, which has no ruleset; add {around}.yaml")
            parent = self.book(around) if around else None
            book = self._books[place] = bind(self.source(place), place, parent)
        return book

    def law(self, place: str, day: DayLike) -> Law:
        """The law in force at a place on a local day. Raises like `book`, and `DetainerError` for what is no day."""
        day = day_of(day, "day")
        known = self._laws.get(place)
        if known is None:
            known = self._laws[place] = self._stretches(place)
        changes, laws = known
        return laws[bisect_right(changes, day)]

    def where(self, place: str) -> tzinfo:
        """The time zone of a place. Raises like `book`, and `PlaceError` where the place has no local time."""
        known = self._laws.get(place)
        return (known[1][0] if known else self.law(place, date.min)).where

    def history(self, place: str) -> tuple[Law, ...]:
        """The law of a place, stretch by stretch, from the first to the last. Raises like `book`."""
        self.law(place, date.max)
        return tuple(self._laws[place][1])

    def check(self, places: Sequence[str] | None = None) -> list[Problem]:
        """What is wrong with the rulesets of some places, and of those they lie within; of every place for None."""
        problems: list[Problem] = []
        for place in self.places if places is None else places:
            try:
                self.law(place, date.max)
            except FileError as error:
                problems += error.problems
            except PlaceError as error:
                problems.append(Problem(str(error), str(self._file(place))))
        return list(dict.fromkeys(problems))

    def _file(self, place: str) -> Path:
        candidates = [folder / f"{place}.yaml" for folder in (*reversed(self.overlays), self.root)]
        return next((file for file in candidates if file.is_file()), candidates[-1])

    @property
    def _such_as(self) -> str:
        """How a place is written: the longest name there is, which has every part."""
        return max(self.places, key=len, default="us")

    def _require_place(self, place: str) -> None:
        if not isinstance(place, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # a program may hand over anything
            raise PlaceError(f"found `{place}`, which is no text; write a place as {self._such_as}")
        if not _PLACE.fullmatch(place):
            hint = " It looks like a file." if "." in place or "\\" in place else ""
            raise PlaceError(f"`{place[:80]}` is not how a place is written.{hint} Write it as {self._such_as}.")
        if place not in self.places:
            raise PlaceError(
                f"no ruleset for `{place[:80]}`.{did_you_mean(place, self.places) or ' See `detainer places`.'}"
            )

    def _stretches(self, place: str) -> tuple[list[date], list[Law]]:
        self.book(place)  # from the place outwards, so that what is missing around it is said of it
        parts = place.split("/")
        books = [self.book("/".join(parts[: depth + 1])) for depth in range(len(parts))]
        provisions = sorted((rule for book in books for rule in book.provisions), key=lambda rule: rule.precedence)
        defaults = [rule for rule in provisions if rule.effect == "default"]
        if len(defaults) != 1 or defaults[0].rule.from_ or defaults[0].rule.until:
            message = (
                "a place needs one rule with `effect: default`, without dates, in its file or one that it inherits from; "
                f"found {len(defaults)}"
            )
            raise FileError([Problem(message, str(self._file(place)))])
        digest = sha256()
        for book in books:
            digest.update(f"{book.ruleset.jurisdiction}\n{book.text}\0".encode())
        changes = sorted({day for rule in provisions for day in (rule.rule.from_, rule.rule.until) if day})
        laws: list[Law] = []  # the last one first, so that each knows the one after it
        for since, until in reversed([*zip([None, *changes], [*changes, None], strict=True)]):
            day = since or date.min
            active = tuple(rule for rule in provisions if rule.rule.in_force(day))
            laws.append(
                Law(
                    place=place,
                    name=books[-1].ruleset.name,
                    timezone=books[-1].timezone,
                    calendar=books[-1].calendar,
                    since=since,
                    until=until,
                    rules=active,
                    dormant=tuple(rule for rule in provisions if rule not in active),
                    default=defaults[0],
                    digest=f"sha256:{digest.hexdigest()}",
                    asks=books[-1].asks,
                    after=laws[-1] if laws else None,
                    library=self,
                )
            )
        return changes, laws[::-1]


def within(place: str, other: str) -> bool:
    """Whether a place is another one or lies within it.

    >>> within("us/wa/king", "us/wa"), within("us/wa", "us/wa/king")
    (True, False)
    """
    return place == other or place.startswith(f"{other}/")


@lru_cache(maxsize=64)
def _library_again(root: Path | None, overlays: tuple[Path, ...], texts: tuple[tuple[str, str, str], ...]) -> Library:
    if not overlays and not texts:
        return library_at(root)
    library = Library(root, overlays)
    for place, name, text in texts:
        library = library.with_ruleset(place, Source(text, name))
    return library


def _law_again(library: Library, place: str, since: date | None, digest: str) -> Law:
    """The law that was pickled. Raises `DetainerError` where the files say something else by now."""
    law = library.law(place, since or date.min)
    same_law(digest, law.digest, place)
    return law


def library_at(folder: Path | None = None) -> Library:
    """The library of a folder of rulesets, made once; of the law that ships with the package for None.

    Raises `DetainerError` where the folder holds no rulesets.
    """
    return _library_at(folder or shipped_rulesets())


@cache
def _library_at(folder: Path) -> Library:
    library = Library(folder)
    if not library.places:
        raise DetainerError(f"{folder} holds no rulesets, such as us.yaml")
    return library


def library_on(folder: Path) -> Library:
    """The library of a folder, or, where it lacks what its places lie within, on top of the law that ships. Raises like
    `library_at`.
    """
    alone = library_at(folder)
    roots = {place.split("/")[0] for place in alone.places}
    return alone if roots <= set(alone.places) else Library(None, (folder,))


def library_for(given: Library | None) -> Library:
    """The library that a caller hands over; of the law that ships with the package for None. Raises `DetainerError`."""
    return library_at() if given is None else wanted(given, Library, "library", "make one with Library(folder)")


def law_in_force(place: str, day: DayLike, library: Library | None = None) -> Law:
    """The law in force at a place on a local day, in precedence order. Raises `PlaceError`, `FileError` or `DetainerError`.

    >>> [rule.id for rule in law_in_force("us/wa/king", "2014-09-15").rules if rule.effect == "prohibits"]
    ['us/wa/king/criminal-warrant-only']
    """
    return library_for(library).law(place, day)
