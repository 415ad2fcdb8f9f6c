"""How a file of records reads as cases: which column says which fact. A mapping is a YAML file; some are shipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from detainer import yamlfile
from detainer.columnar.facts import entry_columns, fact_columns
from detainer.errors import DetainerError, FileError, PartError, did_you_mean
from detainer.errors import Path as YamlPath
from detainer.language.fields import Records
from detainer.law import Part
from detainer.vocabulary import shipped_rulesets
from detainer.yamlfile import Source, problems_at


class Cell(Part):
    __doc__ = """
    Where a fact stands. `words`: what the column's values mean, null for unknown; `contains`: what a value means that has a
    text in it, the first counts. A value that is not listed is unknown, and reported. `day`: it is a day, and a time behind it is
    dropped. `time`: it is a moment, and a day alone is at that time. `always`: the fact is the same in every row.
    """

    column: str | None = None
    words: dict[str, str | bool | None] | None = None
    contains: dict[str, str | bool] | None = None
    day: bool = False
    time: str | None = Field(default=None, pattern=r"^\d\d:\d\d$")
    always: str | bool | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.column is None) == (self.always is None):
            raise ValueError("a fact needs `column` or `always`, and not both")
        return self


class LeaveOut(Part):
    __doc__ = """Rows that are no cases: where a column has one of these values."""

    column: str
    is_: tuple[str, ...] = Field(alias="is")
    because: str


class Facility(Part):
    __doc__ = """The columns that say where the jail is; a table of facilities says which place that is."""

    state: str
    facility: str
    code: str | None = None


Lists = dict[str, dict[str, Cell]]


class Assumption(Part):
    __doc__ = """What the file does not say, and someone may suppose all the same; it has to be asked for by name."""

    about: str
    facts: dict[str, Cell] = Field(default_factory=dict[str, Cell])
    lists: Lists = Field(default_factory=dict[str, dict[str, Cell]])


class Mapping(Part):
    __doc__ = """
    A mapping. `columns` are those of such files; `needed` those without which there is no case; `group_by` the column that the
    rows of one case share. Facts are columns of docs/tables.md.
    """

    about: str
    unknown: tuple[str, ...] = ("",)
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    leave_out: tuple[LeaveOut, ...] = ()
    group_by: str | None = None
    place: str | Facility
    release_at: Cell
    facts: dict[str, Cell] = Field(default_factory=dict[str, Cell])
    lists: Lists = Field(default_factory=dict[str, dict[str, Cell]])
    assumptions: dict[str, Assumption] = Field(default_factory=dict[str, Assumption])

    def assuming(self, names: tuple[str, ...]) -> Mapping:
        """With what these assumptions add. Raises `DetainerError` for one that is not there."""
        facts, lists = dict(self.facts), dict(self.lists)
        for name in names:
            if name not in self.assumptions:
                known = ", ".join(self.assumptions) or "none"
                raise DetainerError(
                    f"no assumption `{name}`.{did_you_mean(name, self.assumptions)} The mapping has: {known}"
                )
            facts |= self.assumptions[name].facts
            lists |= self.assumptions[name].lists
        return self.model_copy(update={"facts": facts, "lists": lists})

    def read(self) -> set[str]:
        """The columns that are read."""
        cells = [
            self.release_at,
            *self.facts.values(),
            *(cell for each in self.lists.values() for cell in each.values()),
        ]
        found = {cell.column for cell in cells} | {each.column for each in self.leave_out} | {self.group_by}
        if isinstance(self.place, Facility):
            found |= {self.place.state, self.place.facility, self.place.code}
        return {name for name in found if name is not None}


def shipped() -> dict[str, Path]:
    """The mappings that are shipped, by name."""
    return {path.stem: path for path in sorted((shipped_rulesets() / "records").glob("*.yaml"))}


def mapping_at(name: str) -> Mapping:
    """A shipped mapping by its name, or one in a file. Raises `FileError`, and `DetainerError` for a name of neither."""
    path = shipped().get(name, Path(name))
    if not path.suffix and not path.exists():
        raise DetainerError(f"no mapping `{name}`.{did_you_mean(name, shipped())} Shipped are {', '.join(shipped())}")
    source = yamlfile.read(path)
    try:
        found = Mapping.model_validate(source.data)
    except PartError as error:
        raise FileError(problems_at(source, error.mistakes, _as_path)) from None
    problems = list(_wrong_names(source, found))
    if problems:
        raise FileError(problems)
    return found


def _wrong_names(source: Source, found: Mapping) -> Iterator[Any]:
    facts = [each.name for each in fact_columns() if not isinstance(each.type, Records)]
    lists = {each.name: list(entry_columns(each.type)) for each in fact_columns() if isinstance(each.type, Records)}
    parts: list[tuple[YamlPath, dict[str, Cell], Lists]] = [((), found.facts, found.lists)]
    parts += [(("assumptions", name), each.facts, each.lists) for name, each in found.assumptions.items()]
    for at, said, of_lists in parts:
        for name in said:
            if name not in facts:
                message = f"`{name}` is no fact.{did_you_mean(name, facts)} See docs/tables.md"
                yield source.problem(message, (*at, "facts", name), at_key=True)
        for name, fields in of_lists.items():
            if name not in lists:
                message = f"`{name}` is no list.{did_you_mean(name, lists)} Lists are {', '.join(lists)}"
                yield source.problem(message, (*at, "lists", name), at_key=True)
                continue
            for each in fields:
                if each not in lists[name]:
                    message = f"`{each}` is no fact of an entry.{did_you_mean(each, lists[name])}"
                    yield source.problem(message, (*at, "lists", name, each), at_key=True)
    for name in (
        *found.needed,
        *([found.group_by] if found.group_by else []),
        *(each.column for each in found.leave_out),
    ):
        if name not in found.columns:
            yield source.problem(f"`{name}` is not among `columns`.{did_you_mean(name, found.columns)}", ("columns",))


def _as_path(location: YamlPath) -> YamlPath:
    return tuple(part for part in location if part not in ("Facility", "str"))
