"""Scenario files: read them, merge their defaults, decide each scenario, compare with what it expects.

A wrong scenario stops nothing but itself: it comes out as an error with its place, the others run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Unpack, cast

from pydantic import AfterValidator, BaseModel, Field, StrictStr

from detainer import clock
from detainer.case import Booking, Case, Facts, Moment, parse_moment
from detainer.custody import Custody
from detainer.decision import Decision
from detainer.engines import EngineName, decide
from detainer.errors import CaseError, DetainerError, FileError, PlaceError, Problem, path_to
from detainer.errors import Path as FactPath
from detainer.events import Event, EventError
from detainer.expectations import Expect, ExpectCustody, misnamed, unmet, unmet_of_custody
from detainer.library import Library, library_for
from detainer.stated import facts_of
from detainer.yamlfile import Source, mapping, problems_at, read

if TYPE_CHECKING:
    from detainer.given import Data, KnownFacts, MomentLike, PathTo

SUFFIXES = (".yaml", ".yml")

ScenarioId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Scenario(Case):
    __doc__ = """A case with a name, a note for its reader, and what is expected of it."""

    id: ScenarioId
    note: StrictStr | None = None
    expect: Expect | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            id: str,  # noqa: A002  # as files call it
            jurisdiction: str,
            release_at: MomentLike,
            asked_at: MomentLike | None = None,
            note: str | None = None,
            expect: Expect | Data | None = None,
            **facts: Unpack[KnownFacts],
        ) -> None: ...
        def but(self, **facts: Any) -> Self: ...


def _at_least_one(events: tuple[Event, ...]) -> tuple[Event, ...]:
    if not events:
        raise ValueError("there is no event; a custody begins with one that is `booked`")
    return events


class CustodyScenario(Booking):
    __doc__ = """
    A custody with its events in the order of time, a name, a note for its reader, and what is expected of it.

    The facts are those when the person is booked. `asked_at` is the moment that `detainer run` decides: scheduled release
    if left out.
    """

    id: ScenarioId
    note: StrictStr | None = None
    events: Annotated[tuple[Event, ...], AfterValidator(_at_least_one)]
    asked_at: Moment | None = None
    expect: ExpectCustody | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            id: str,  # noqa: A002  # as files call it
            jurisdiction: str,
            events: Sequence[Event | Data],
            asked_at: MomentLike | None = None,
            note: str | None = None,
            expect: ExpectCustody | Data | None = None,
            **facts: Unpack[KnownFacts],
        ) -> None: ...


class ScenarioFile(BaseModel):
    __doc__ = """A scenario file: `defaults` are merged into each scenario, mapping by mapping."""

    model_config = Facts.model_config

    defaults: dict[str, Any] = Field(default_factory=dict[str, Any], description="Facts that every scenario shares")
    scenarios: tuple[Scenario | CustodyScenario, ...]


Expected = Literal["met", "failed"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scenario: a decision, or the problems that kept it from being decided.

    `expected` is None where nothing was expected; `differences` says field by field what was expected and found.
    """

    id: str
    file: str
    decision: Decision | None = None
    problems: tuple[Problem, ...] = ()
    expected: Expected | None = None
    differences: tuple[str, ...] = ()
    entry: Entry | None = field(default=None, repr=False, compare=False)

    def to_dict(self, *, considered: bool = True, case: bool = True) -> dict[str, Any]:
        """One object of the JSONL output, fields in a fixed order; without every rule's fate, or the case, where not wanted."""
        if self.decision is None:
            return {"id": self.id, "file": self.file, "errors": [each.to_dict() for each in self.problems]}
        out: dict[str, Any] = {"id": self.id, "file": self.file}
        if case and self.entry is not None:
            out["line"] = self.entry.line
        out |= self.decision.to_dict(considered=considered, case=case)
        if self.expected:
            out["expected"] = self.expected
            if self.differences:
                out["difference"] = list(self.differences)
        return out


@dataclass(frozen=True, slots=True)
class Entry:
    """A scenario of a file, not yet decided: valid, or the problems with it. `index` is its place in the file."""

    id: str
    source: Source
    path: FactPath
    scenario: Scenario | CustodyScenario | None
    problems: tuple[Problem, ...] = ()

    @property
    def line(self) -> int:
        """The line of the file on which it begins, counted from 1."""
        return self.source.line_of(*self.path) if self.path else 1


def find_files(paths: Sequence[str]) -> tuple[list[Path | None], list[Problem]]:
    """The scenario files that paths stand for: files, folders, globs, ``-`` for standard input (None). Sorted, once each."""
    found: dict[Path | None, None] = {}
    problems: list[Problem] = []
    for each in paths:
        path = Path(each)
        if each == "-":
            found[None] = None
        elif path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
            if not files:
                problems.append(Problem("the folder holds no .yaml file; name another", each))
            found.update(dict.fromkeys(files))
        elif path.exists():
            found[path] = None
        elif files := [Path(file) for file in sorted(glob(each, recursive=True))]:  # noqa: PTH207  # absolute ones, too
            found.update(dict.fromkeys(file for file in files if file.is_file()))
        else:
            problems.append(Problem("no such file or folder; check the spelling", each))
    return list(found), problems


def how_many(source: Source) -> int:
    """How many scenarios a file holds, right or wrong; at least 1."""
    items: Any = mapping(source.data).get("scenarios")
    return max(1, len(cast("list[Any]", items))) if isinstance(items, list) else 1


def entries(source: Source) -> Iterator[Entry]:
    """Every scenario of a file in its order. Raises `FileError` where the file as a whole is no scenario file."""
    data = source.data
    if not isinstance(data, dict):
        message = "a scenario file is a mapping with `scenarios:`, a list of cases"
        raise FileError([source.problem(message)])
    data = cast("dict[str, Any]", data)
    one = "scenarios" not in data and ("release_at" in data or "events" in data)
    items: Any = [data] if one else data.get("scenarios")
    defaults: Any = {} if one else data.get("defaults", {})
    problems: list[Problem] = []
    if not one:
        for name in data:
            if name not in ScenarioFile.model_fields:
                message = f"unknown field `{name}`; a scenario file has `defaults` and `scenarios`"
                problems.append(source.problem(message, (name,), at_key=True))
    if not isinstance(items, list) or not items:
        problems.append(source.problem("`scenarios` must be a list with at least one case", ("scenarios",)))
    if not isinstance(defaults, dict):
        problems.append(source.problem("`defaults` must be a mapping of facts", ("defaults",)))
    if problems:
        raise FileError(problems)
    yield from _each(source, cast("list[Any]", items), cast("dict[str, Any]", defaults), one)


def _each(source: Source, items: list[Any], defaults: dict[str, Any], one: bool) -> Iterator[Entry]:
    first: dict[Any, int] = {}
    for index, item in enumerate(items):
        if isinstance(item, dict) and isinstance(name := cast("dict[str, Any]", item).get("id"), str):
            first.setdefault(name, index)
    for index, item in enumerate(items):
        path: FactPath = () if one else ("scenarios", index)
        if not isinstance(item, dict):
            name = f"scenario {index + 1}"
            yield Entry(name, source, path, None, (source.problem("a scenario must be a mapping of facts", path),))
            continue
        item = cast("dict[str, Any]", item)
        name = str(item.get("id", f"scenario {index + 1}"))
        fields = _merged(defaults, item) if defaults else item
        model = CustodyScenario if "events" in fields else Scenario
        if model is CustodyScenario and "release_at" in fields:
            message = "`release_at` has no place beside `events`, where `release_due` says when; delete one of the two"
            problem = source.problem(message, _at(("release_at",), item, path), at_key=True)
            yield Entry(name, source, path, None, (problem,))
            continue
        try:
            scenario = model.model_validate(fields, by_alias=True, by_name=False)
        except CaseError as error:
            problems = problems_at(source, error.mistakes, lambda place, item=item, path=path: _at(place, item, path))
            yield Entry(name, source, path, None, tuple(problems))
            continue
        if first[scenario.id] != index:
            message = (
                f"the id `{name}` stands twice (first as scenario {first[name] + 1} of the file); rename one of them"
            )
            yield Entry(name, source, path, None, (source.problem(message, (*path, "id")),))
            continue
        yield Entry(name, source, path, scenario)


def _merged(defaults: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults and scenario as one; a mapping in both is merged in turn, anything else the scenario replaces."""
    merged = dict(defaults)
    for name, value in item.items():
        below = merged.get(name)
        if isinstance(below, dict) and isinstance(value, dict):
            value = _merged(cast("dict[str, Any]", below), cast("dict[str, Any]", value))
        merged[name] = value
    return merged


def _at(place: FactPath, item: Any, path: FactPath) -> FactPath:
    """Where in the file a fact stands: in the scenario, or in the defaults that it was merged from."""
    inside: Any = item
    for part in place:
        if isinstance(inside, dict) and part not in inside and place[0] not in cast("dict[Any, Any]", item):
            return ("defaults", *place) if path else place
        inside = inside[part] if isinstance(inside, dict) and part in inside else None  # pyright: ignore[reportUnknownVariableType]
    return (*path, *place)


def load_scenarios(path: PathTo) -> list[Scenario]:
    """The cases of one scenario file or of every file below a folder; custodies are for `load_custodies`.

    Raises `FileError` with every problem of every file. Times are as written: local to the place unless they carry an
    offset.

    >>> [scenario.id for scenario in load_scenarios("scenarios/article-2017/the-dispute.yaml")][0]
    'king-homicide-under-the-2013-ordinance'
    """
    return [each for each in _loaded(path) if isinstance(each, Scenario)]


def load_custodies(path: PathTo) -> list[CustodyScenario]:
    """The scenarios with `events` of one file or of every file below a folder, for `follow`. Raises like `load_scenarios`."""
    return [each for each in _loaded(path) if isinstance(each, CustodyScenario)]


def _loaded(path: PathTo) -> list[Scenario | CustodyScenario]:
    files, problems = find_files([str(path_to(path))])
    found: list[Scenario | CustodyScenario] = []
    for file in files:
        try:
            for entry in entries(read(file)):
                problems += entry.problems
                found += [entry.scenario] if entry.scenario else []
        except FileError as error:
            problems += error.problems
    if problems:
        raise FileError(problems)
    return found


def run_entry(
    entry: Entry, *, engine: EngineName | None = None, library: Library | None = None, asked_at: datetime | None = None
) -> Result:
    """Decide one scenario. `asked_at` stands in for its own. Never raises for what is wrong with the input."""
    name, source = entry.id, entry.source
    scenario = entry.scenario
    if scenario is None:
        return Result(name, source.name, problems=entry.problems)
    if asked_at is not None:
        scenario = scenario.model_copy(update={"asked_at": asked_at})
    try:
        wrong = misnamed(scenario.expect, library_for(library)) if scenario.expect else ()
        if problems := tuple(source.problem(message, where_in(entry, path)) for path, message in wrong):
            return Result(name, source.name, problems=problems)
        if isinstance(scenario, CustodyScenario):
            custody = follow(scenario, engine=engine, library=library)
            decision = decide(_asked_of(scenario, custody), engine=engine, library=library)
            found = list(unmet_of_custody(scenario.expect, custody)) if scenario.expect else []
        else:
            decision, found = decide(scenario, engine=engine, library=library), []
        differences = (*unmet(scenario.expect, decision), *found) if scenario.expect else ()
    except WRONG as error:
        return Result(name, source.name, problems=problems_of(entry, error, asked_elsewhere=asked_at is not None))
    expected: Expected | None = None if scenario.expect is None else "failed" if differences else "met"
    return Result(name, source.name, decision, (), expected, differences, entry)


WRONG = (EventError, CaseError, PlaceError, FileError)
"""What deciding a scenario raises where its input is wrong."""


def problems_of(entry: Entry, error: Exception, *, asked_elsewhere: bool = False) -> tuple[Problem, ...]:
    """One of `WRONG` as problems at their place in the file; `asked_elsewhere`: the moment asked about does not stand there."""
    source = entry.source
    match error:
        case EventError(index=index, message=message):
            return (source.problem(message, where_in(entry, ("events", index))),)
        case CaseError(path=path, message=message):
            where = entry.path if path == ("asked_at",) and asked_elsewhere else where_in(entry, path)
            return (source.problem(f"`{path[-1] if path else 'scenario'}`: {message}", where),)
        case FileError(problems=problems):
            return problems
        case _:
            return (source.problem(str(error), where_in(entry, ("jurisdiction",))),)


def case_of(
    scenario: Scenario | CustodyScenario, *, engine: EngineName | None = None, library: Library | None = None
) -> Case:
    """The case that a scenario asks about. Raises one of `WRONG`."""
    if isinstance(scenario, CustodyScenario):
        return _asked_of(scenario, follow(scenario, engine=engine, library=library))
    return scenario


def follow(
    scenario: CustodyScenario | Data, *, engine: EngineName | None = None, library: Library | None = None
) -> Custody:
    """The custody of a scenario with all its events fed. Raises `EventError` for the first that cannot be, and like `decide`."""
    scenario = facts_of(scenario, CustodyScenario)
    booking = Booking.model_construct(**{name: getattr(scenario, name) for name in Booking.model_fields})
    custody = Custody(booking, engine=engine, library=library)
    custody.feed(*scenario.events)
    return custody


def _asked_of(scenario: CustodyScenario, custody: Custody) -> Case:
    """The case that a custody scenario asks about. Raises `CaseError`."""
    due = next((event.at for event in scenario.events if event.event == "release_due"), None)
    if due is None:
        message = "none of them is `release_due`, so there is no release to decide about; see `detainer timeline`"
        raise CaseError(("events",), message)
    try:
        return custody.case(scenario.asked_at or due)
    except clock.LocalTimeError as error:
        raise CaseError(("asked_at",), str(error)) from None


def where_in(entry: Entry, place: FactPath) -> FactPath:
    """Where in its file a fact of a scenario stands: in the scenario, or in the defaults."""
    data: Any = entry.source.data
    for part in entry.path:
        data = data[part]
    return _at(place, data, entry.path)


def scenario_text(name: str, note: str, fields: Mapping[str, Any]) -> str:
    """The text of a scenario file with one scenario. Raises `DetainerError` for what can be no id."""
    import yaml

    try:
        Scenario.model_validate({"id": name, "note": note, **fields})
    except CaseError as error:
        raise DetainerError(f"`{name}` can be no id: {error.message}; use letters, digits, `.`, `_`, `-`") from None
    return yaml.safe_dump({"scenarios": [{"id": name, "note": note, **fields}]}, sort_keys=False, allow_unicode=True)


def parse_asked_at(text: str) -> datetime:
    """The moment of ``--asked-at``. Raises `DetainerError`."""
    try:
        return parse_moment(text)
    except ValueError as error:
        raise DetainerError(f"--asked-at: {error}") from None
