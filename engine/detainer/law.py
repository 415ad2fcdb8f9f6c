"""The shape of a ruleset file: authorities, rules, their ranks and effects. Pure data; reads no file."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictStr,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from detainer.case import DayOfLaw
from detainer.mistakes import Told
from detainer.safe import printable

Effect = Literal["requires", "permits", "prohibits", "limits", "cautions", "default"]
"""What a rule does: the jail must hold, may, may not; a hold on this basis ends; a hold here deserves a caveat; release
where nothing speaks."""

Basis = Literal["detainer", "judicial_warrant"]
"""What a hold rests on. A limit ends the holds that rest on its own basis."""

Confidence = Literal["A", "B", "C"]
"""A: read in the primary text or an official record. B: consistently reported. C: reported once, or our reading."""

Excluded = Literal["saturdays", "sundays", "holidays"]

RANKS: dict[str, int] = {
    "constitution": 1,
    "court_judgment": 1,
    "federal_statute": 2,
    "federal_regulation": 2,
    "state_constitution": 3,
    "state_statute": 3,
    "state_court_ruling": 3,
    "county_ordinance": 4,
    "city_ordinance": 4,
    "agency_policy": 5,
    "agency_form": 5,
    "agency_practice": 5,
    "cited_ruling": 6,
}
"""The rank that a kind of authority has; 1 is the highest. A `cited_ruling` is there to be cited under `see`: no rule may rest
on it. Where a court's judgment binds a jail, that jail's ruleset has it as a `court_judgment`."""

RANK_NAMES = {
    1: "the federal constitution, or a court's judgment that binds the jail",
    2: "federal law",
    3: "state law",
    4: "a county or city ordinance",
    5: "an agency's policy or practice",
}
"""What stands at each rank, in plain words."""

AuthorityKind = Literal[
    "constitution",
    "court_judgment",
    "federal_statute",
    "federal_regulation",
    "state_constitution",
    "state_statute",
    "state_court_ruling",
    "county_ordinance",
    "city_ordinance",
    "agency_policy",
    "agency_form",
    "agency_practice",
    "cited_ruling",
]

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


def _sentence(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    if not text.isprintable():
        raise ValueError(
            f"found `{printable(text)[:60]}`, expected text without signs that cannot be seen; delete them"
        )
    return text


Text = Annotated[
    StrictStr, BeforeValidator(_sentence), Field(min_length=1), WithJsonSchema({"type": "string", "minLength": 1})
]


class Part(Told):
    """A part of a file of law: frozen, and with no fields but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Authority(Part):
    __doc__ = """
    What a rule rests on, so that it can be cited and checked. `point` says in our words what it stands for.
    """

    kind: AuthorityKind
    cite: Text
    url: Text | None = None
    confidence: Confidence
    source: Text
    date: DayOfLaw | None = None
    binds: tuple[Text, ...] = Field(default=(), description="Whom a court's judgment binds")
    point: Text | None = None

    @property
    def rank(self) -> int:
        """1 (the constitution as applied by a binding judgment) to 5 (agency policy or practice); 6 is only cited."""
        return RANKS[self.kind]


class DatedPart(Part):
    """What is so on the days [`from`, `until`); always, where a bound is left out."""

    from_: DayOfLaw | None = Field(default=None, alias="from", description="The first day; always, if left out")
    until: DayOfLaw | None = Field(default=None, description="The first day on which it is no longer so")

    @model_validator(mode="after")
    def _some_day(self) -> Self:
        if self.from_ and self.until and self.from_ >= self.until:
            raise ValueError("`until` is the first day no longer in force, so it must come after `from`")
        return self

    def in_force(self, day: date) -> bool:
        """Whether it is so on that day; on `until` itself it no longer is."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day < self.until)


class Doubt(DatedPart):
    __doc__ = """
    What is not sure, or argued, about a rule: said in every decision that rests on it, while it applies.
    """

    sure: Confidence
    says: Text
    when: Text | None = Field(default=None, description="A condition; the doubt is said unless it is known to be false")


class DayUnknown(Part):
    __doc__ = """
    The day a rule took effect is not known: it lies in [`earliest`, `latest`]. Decisions of those days say so.
    """

    earliest: DayOfLaw | None = None
    latest: DayOfLaw


class Rule(DatedPart):
    __doc__ = """One rule: while in force [`from`, `until`), and where `when` is met, it has its effect."""

    id: Id
    authority: Id
    see: tuple[Id, ...] = Field(default=(), description="Other authorities that speak to the same point")
    day_unknown: DayUnknown | None = None
    effect: Effect
    basis: Basis = "detainer"
    hours: Annotated[int, Field(gt=0, le=24 * 366, strict=True)] | None = None
    excluding: tuple[Excluded, ...] = ()
    when: Text | None = Field(default=None, description="The condition, in the condition language; always, if left out")
    because: Text = Field(description="A clause for the decision; {facts} in braces are filled in")
    overrides: tuple[Id, ...] = Field(default=(), description="Rules of the same rank that this one beats")
    doubts: tuple[Doubt, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.effect == "limits") != (self.hours is not None):
            raise ValueError("`hours` belongs to a rule that limits, and such a rule needs it")
        if self.excluding and self.effect != "limits":
            raise ValueError("`excluding` belongs to a rule that limits; delete it")
        if self.effect == "default" and self.when:
            raise ValueError("the default applies where nothing else does, so it takes no `when`; delete it")
        return self


class Definition(Part):
    __doc__ = """A condition under a name. `ask` puts it as a question that someone at a booking desk can answer."""

    means: Text = Field(description="The condition, in the condition language")
    ask: Text | None = Field(default=None, description="The same as a question to someone at a booking desk")

    @model_validator(mode="before")
    @classmethod
    def _meaning_alone(cls, data: Any) -> Any:
        return {"means": data} if isinstance(data, str) else data

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(core)]}


class Ruleset(Part):
    __doc__ = """One file: the law that one jurisdiction adds to that of the jurisdictions around it."""

    jurisdiction: StrictStr
    name: Text
    timezone: StrictStr | None = Field(default=None, description="IANA name; inherited if left out")
    holidays: StrictStr | None = Field(default=None, description="A calendar of the `holidays` package; inherited")
    sets: dict[Name, tuple[StrictStr, ...]] = Field(default_factory=dict[Name, tuple[StrictStr, ...]])
    definitions: dict[Name, Definition] = Field(default_factory=dict[Name, Definition])
    ask: dict[StrictStr, Text] = Field(
        default_factory=dict[StrictStr, Text],
        description="How to ask for a fact, such as `detainer.form` or `convictions.offense`; inherited",
    )
    authorities: dict[Id, Authority] = Field(default_factory=dict[Id, Authority])
    rules: tuple[Rule, ...] = ()


def placeholders(text: str) -> Iterator[str]:
    """The names in braces in a clause. Raises ValueError for a brace that is never closed.

    >>> list(placeholders("issued {detainer.issued_at}"))
    ['detainer.issued_at']
    """
    for _, name, _, _ in string.Formatter().parse(text):
        if name is not None:
            yield name
