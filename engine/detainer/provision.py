"""One ruleset file, checked: every rule tied to its authority and its condition's tree. Reads no file itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfoNotFoundError

from detainer import clock
from detainer.errors import FileError, PartError, Path, Problem, did_you_mean
from detainer.language import Names, Node, check
from detainer.language.fields import Record, Records, case_fields, fact_type, lists
from detainer.language.tree import Always
from detainer.law import Authority, Doubt, Effect, Rule, Ruleset, placeholders
from detainer.yamlfile import Source, mapping, problems_at

COMPUTED = ("release_at", "asked_at", "hold_until")
"""Names that a clause may fill in besides the facts of the case."""


@dataclass(frozen=True, slots=True, eq=False)
class Doubtful:
    """A doubt with its condition checked."""

    doubt: Doubt
    when: Node


@dataclass(frozen=True, slots=True, eq=False)
class Provision:
    """A rule where it stands: `id` is ``<jurisdiction>/<rule id>``. Compared by identity: each is made once."""

    id: str
    rule: Rule
    effect: Effect
    authority: Authority
    see: tuple[Authority, ...]
    rank: int
    depth: int
    order: int
    when: Node
    overrides: frozenset[str]
    doubts: tuple[Doubtful, ...]

    @property
    def precedence(self) -> tuple[bool, int, int, int, int]:
        """Sorts provisions: higher rank, then closer to the jail, then later law, then the order of the file; the default,
        which yields to all, is last.
        """
        start = self.rule.from_.toordinal() if self.rule.from_ else 0
        return (self.effect == "default", self.rank, -self.depth, -start, self.order)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON: what its file says, with the authorities that it names; `rank` 1 is the highest."""
        stated = self.rule.model_dump(mode="json", by_alias=True)
        authority = {"id": self.rule.authority, **self.authority.model_dump(mode="json")}
        see = [each.model_dump(mode="json") for each in self.see]
        stated |= {"id": self.id, "authority": authority, "see": see}
        return {"id": self.id, "effect": self.effect, "rank": self.rank} | stated


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """A checked ruleset; its time zone and its calendar of holidays are inherited where it states none.

    `names` are those that conditions of this file and of those below it may use; `asks` are the questions for definitions
    and facts (``convictions.offense``), by name, inherited ones included.
    """

    ruleset: Ruleset
    text: str
    provisions: tuple[Provision, ...]
    timezone: str | None
    calendar: str | None
    names: Names = field(repr=False)
    asks: Mapping[str, str] = field(repr=False)


def bind(source: Source, place: str, parent: Rulebook | None) -> Rulebook:
    """Check a ruleset file against the facts of a case and what it inherits. Raises `FileError` with all its mistakes."""
    problems: list[Problem] = []
    data = mapping(source.data)
    ruleset: Ruleset | None = None
    try:
        ruleset = Ruleset.model_validate(source.data)
        authorities, rules = ruleset.authorities, dict(enumerate(ruleset.rules))
    except PartError as error:
        problems += problems_at(source, error.mistakes)
        authorities, rules = _sound(Authority, mapping(data.get("authorities"))), _sound(Rule, _entries(data))
    checker = _Conditions(source, parent.names if parent else Names(), problems)
    names = checker.names(data)
    calendar = data.get("holidays") or (parent.calendar if parent else None)
    problems += _check_head(source, data, place)
    problems += _check_ids(source, data)
    problems += _check_asks(source, data)
    provisions: list[Provision] = []
    for order, raw in _entries(data).items():
        path: Path = ("rules", order)
        rule = rules.get(order)
        if rule is None:  # its condition is worth reading all the same
            checker.condition(mapping(raw).get("when"), (*path, "when"), names)
            continue
        when = checker.condition(rule.when, (*path, "when"), names)
        doubts = tuple(
            Doubtful(doubt, checker.condition(doubt.when, (*path, "doubts", index, "when"), names))
            for index, doubt in enumerate(rule.doubts)
        )
        if "holidays" in rule.excluding and calendar is None:
            message = (
                "leaving out holidays needs a calendar: add `holidays: US` to this file or one that it inherits from"
            )
            problems.append(source.problem(message, (*path, "excluding")))
        problems += _check_clause(source, rule, path)
        problems += _check_names(source, data, authorities, rules, rule, path)
        authority = authorities.get(rule.authority)
        if authority is not None:
            provisions.append(
                Provision(
                    id=f"{place}/{rule.id}",
                    rule=rule,
                    effect=rule.effect,
                    authority=authority,
                    see=tuple(authorities[name] for name in rule.see if name in authorities),
                    rank=authority.rank,
                    depth=place.count("/"),
                    order=order,
                    when=when,
                    overrides=frozenset(f"{place}/{each}" for each in rule.overrides),
                    doubts=doubts,
                )
            )
    if problems or ruleset is None:
        raise FileError(problems)
    timezone = ruleset.timezone or (parent.timezone if parent else None)
    asks = {name: each.ask for name, each in ruleset.definitions.items() if each.ask}
    asks = {**(parent.asks if parent else {}), **asks, **ruleset.ask}
    return Rulebook(ruleset, source.text, tuple(provisions), timezone, calendar, names, asks)


_Key = TypeVar("_Key", str, int)
_Model = TypeVar("_Model", Authority, Rule)


def _sound(model: type[_Model], parts: Mapping[_Key, Any]) -> dict[_Key, _Model]:
    """The parts that are right by themselves, so that one mistake in a file does not hide the others."""
    found: dict[_Key, _Model] = {}
    for key, part in parts.items():
        with suppress(PartError):
            found[key] = model.model_validate(part)
    return found


def _entries(data: dict[str, Any]) -> dict[int, Any]:
    """The rules of a file as they stand there, right or wrong, by their place."""
    rules = data.get("rules")
    return dict(enumerate(cast("list[Any]", rules))) if isinstance(rules, list) else {}


class _Conditions:
    """Checks conditions and turns offsets in their text into lines and columns of the file."""

    def __init__(self, source: Source, inherited: Names, problems: list[Problem]) -> None:
        self._source = source
        self._inherited = inherited
        self._problems = problems

    def names(self, data: dict[str, Any]) -> Names:
        """The constant sets and definitions of the file, on top of those inherited. A definition may use earlier ones."""
        sets = dict(self._inherited.sets)
        definitions = dict(self._inherited.definitions)
        for name, words in mapping(data.get("sets")).items():
            self._refuse_second(name, ("sets", name), sets)
            if isinstance(words, list):
                sets[name] = tuple(str(word) for word in cast("list[Any]", words))
        for name, meaning in mapping(data.get("definitions")).items():
            self._refuse_second(name, ("definitions", name), definitions)
            path: Path = ("definitions", name) if isinstance(meaning, str) else ("definitions", name, "means")
            text = meaning if isinstance(meaning, str) else mapping(meaning).get("means")
            if isinstance(text, str):
                definitions[name] = self.condition(text, path, Names(definitions, sets))
        return Names(definitions, sets)

    def _refuse_second(self, name: str, path: Path, known: Mapping[str, object]) -> None:
        if name in known or name in case_fields().fields:
            whose = (
                "a fact of the case" if name in case_fields().fields else "defined by a jurisdiction around this one"
            )
            message = f"`{name}` is already {whose}; choose another name"
            self._problems.append(self._source.problem(message, path, at_key=True))

    def condition(self, text: Any, path: Path, names: Names) -> Node:
        """The tree of a condition; its mistakes are noted, each at its own place. What is no text is no condition."""
        if not isinstance(text, str):
            return Always()
        node, errors = check(text, names)
        for error in errors:
            self._problems.append(
                self._source.problem(f"in the condition: {error.message}", path, within=text[error.start : error.end])
            )
        return node or Always()


def _check_head(source: Source, data: dict[str, Any], place: str) -> Iterator[Problem]:
    """Whether place, time zone and calendar are what they should be."""
    named, timezone, holidays = (data.get(name) for name in ("jurisdiction", "timezone", "holidays"))
    if isinstance(named, str) and named != place:
        message = f"found `{named}`, expected `{place}`: the file's place in the folder names the jurisdiction"
        yield source.problem(message, ("jurisdiction",))
    if isinstance(timezone, str):
        try:
            clock.zone(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"`{timezone}` is no time zone; write an IANA name such as America/Los_Angeles"
            yield source.problem(message, ("timezone",))
    if isinstance(holidays, str) and not clock.is_calendar(holidays):
        message = f"`{holidays}` is no calendar of the `holidays` package; write a country's code, such as US"
        yield source.problem(message, ("holidays",))


def _ids(data: dict[str, Any]) -> list[Any]:
    return [mapping(raw).get("id") for raw in _entries(data).values()]


def _check_ids(source: Source, data: dict[str, Any]) -> Iterator[Problem]:
    ids = _ids(data)
    for order, name in enumerate(ids):
        if name is not None and name in ids[:order]:
            yield source.problem(f"the rule id `{name}` stands twice; rename one of the two", ("rules", order, "id"))


def _check_asks(source: Source, data: dict[str, Any]) -> Iterator[Problem]:
    """Every fact that the file says how to ask for must be one."""
    for name in mapping(data.get("ask")):
        try:
            fact_type(str(name).split("."))
        except KeyError as error:
            message = f"`{name}` is no fact that can be asked for: there is no `{error.args[0]}`"
            yield source.problem(message, ("ask", name), at_key=True)


def _check_names(
    source: Source,
    data: dict[str, Any],
    authorities: Mapping[str, Authority],
    rules: Mapping[int, Rule],
    rule: Rule,
    path: Path,
) -> Iterator[Problem]:
    """Every authority and rule that a rule names must stand in the same file, right or wrong."""
    known = mapping(data.get("authorities"))
    for name, where in (
        (rule.authority, (*path, "authority")),
        *((each, (*path, "see", i)) for i, each in enumerate(rule.see)),
    ):
        if name not in known:
            near = did_you_mean(name, known)
            yield source.problem(f"unknown authority `{name}`; list it under `authorities`.{near}", where)
    authority = authorities.get(rule.authority)
    if authority is not None and authority.kind == "cited_ruling":
        message = f"`{rule.authority}` is a ruling to be cited, so no rule can rest on it; name it under `see`"
        yield source.problem(message, (*path, "authority"))
    others = {name for name in _ids(data) if isinstance(name, str)} - {rule.id}
    for index, name in enumerate(rule.overrides):
        where = (*path, "overrides", index)
        if name not in others:
            yield source.problem(f"`{name}` is no other rule of this file.{did_you_mean(name, others)}", where)
            continue
        theirs = next((authorities.get(each.authority) for each in rules.values() if each.id == name), None)
        if authority and theirs and authority.rank != theirs.rank:
            message = f"`{name}` has rank {theirs.rank} and this rule rank {authority.rank}; only equals can override"
            yield source.problem(message, where)


def _check_clause(source: Source, rule: Rule, path: Path) -> Iterator[Problem]:
    try:
        found = list(placeholders(rule.because))
    except ValueError:
        yield source.problem("a brace is left open; write facts as {detainer.issued_at}", (*path, "because"))
        return
    for name in found:
        try:
            filled_in = (
                not isinstance(fact_type(name.split(".")), Record | Records) and name.split(".")[0] not in lists()
            )
        except KeyError:
            filled_in = name in COMPUTED
        if not filled_in:
            message = f"`{{{name}}}` is no fact that can be filled in; write one such as {{detainer.issued_at}}"
            yield source.problem(message, (*path, "because"), within=f"{{{name}}}")
