"""A case asked out question by question: only what still matters, until the answer is settled. Reads no terminal.

The facts are kept as a scenario file has them, so that the interview can be saved as one at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from detainer.case import Case, parse_day
from detainer.changes import BIRTH, with_fact
from detainer.decision import Decision
from detainer.engines import EngineName, decide
from detainer.errors import CaseError, DetainerError, Path, did_you_mean
from detainer.given import Data
from detainer.language.fields import Day, Number, Record, Records, Truth, Word, Words, fact_type
from detainer.library import Library
from detainer.questions import Question
from detainer.stated import facts_of
from detainer.wording import called, question

MAX_ENTRIES = 20
"""How many convictions or charges an interview takes down."""

_ORDER = tuple(dict.fromkeys(("jurisdiction", "release_at", "asked_at", *Case.model_fields)))
"""The facts as an interview hands them back: first where and when."""

_YES = ("yes", "y", "true", "1")
_NO = ("no", "n", "false", "0", "none")


class AnswerError(DetainerError, ValueError):
    """An answer that is none: the sentence says what would do."""


class _Stage(NamedTuple):
    """How far an interview has come: the facts, the questions passed over, and what is decided."""

    fields: dict[str, Any]
    passed_over: frozenset[Path]
    decision: Decision


class Interview:
    """Questions and answers about one person. `fields` are the facts so far: a case, or a mapping as a scenario file has it.

    Raises like `decide` where the first facts are wrong.

    >>> asked = Interview({"jurisdiction": "us/wa/king", "release_at": "2019-06-03T10:00"})
    >>> asked.question.ask[:114]
    'Is there a warrant or order, signed by a judge or magistrate, that commands the arrest or detention of this person'
    >>> asked.answer("no")
    >>> asked.question, asked.decision.outcome, asked.decision.settled
    (None, 'release', True)
    >>> asked.back(), asked.question.fact
    (True, 'judicial_warrant')
    """

    def __init__(
        self, fields: Case | Data, *, engine: EngineName | None = None, library: Library | None = None
    ) -> None:
        self._engine: EngineName | None = engine
        self._library = library
        told = facts_of(fields, Case).to_dict()
        first = {name: told[name] for name in _ORDER if name in told}
        self._stages = [_Stage(first, frozenset(), self._decide(first))]

    @property
    def fields(self) -> dict[str, Any]:
        """The facts so far, as a scenario file has them."""
        return self._stages[-1].fields

    @property
    def decision(self) -> Decision:
        """What is decided of the facts so far."""
        return self._stages[-1].decision

    def _decide(self, fields: dict[str, Any]) -> Decision:
        return decide(Case.model_validate(fields), engine=self._engine, library=self._library)

    @property
    def question(self) -> Question | None:
        """The most decisive question that was not passed over; None where nothing more is worth asking.

        Of a list it asks how many entries there are.
        """
        stage = self._stages[-1]
        open_questions = (each for each in stage.decision.open_questions if each.path not in stage.passed_over)
        found = next(open_questions, None)
        if found is not None and isinstance(fact_type(found.path), Records):
            return Question(found.path, question(found.path, stage.decision.law.asks))
        return found

    def pass_over(self) -> None:
        """Leave the question unanswered: the fact stays unknown."""
        asked = self.question
        if asked is not None:
            stage = self._stages[-1]
            self._stages.append(stage._replace(passed_over=stage.passed_over | {asked.path}))

    def back(self) -> bool:
        """Go back to the question before, and forget what was answered to it; False where there was none."""
        if len(self._stages) == 1:
            return False
        self._stages.pop()
        return True

    def answer(self, text: str) -> None:
        """Answer the question. Raises `AnswerError`, whose sentence says what would do; nothing is changed then."""
        asked = self.question
        if asked is None:
            raise AnswerError("nothing is asked any more")
        try:
            value = read_answer(asked.path, str(text))
        except ValueError as error:
            raise AnswerError(str(error)) from None
        stated_age = asked.path == BIRTH and isinstance(value, int)
        fields = with_fact(self.fields, ("person", "age") if stated_age else asked.path, value)
        try:
            decision = self._decide(fields)
        except CaseError as error:
            raise AnswerError(error.message) from None
        self._stages.append(self._stages[-1]._replace(fields=fields, decision=decision))


def hint(fact: Path) -> str:
    """What an answer may look like, for the end of a question."""
    match fact_type(fact):
        case Truth() | Record():
            return "yes or no"
        case Word(choices=choices):
            return ", ".join(choices)
        case Words(choices=choices):
            return f"some of {', '.join(choices)}; or none"
        case Records():
            return f"a number from 0 to {MAX_ENTRIES}; each is then asked about as far as it matters"
        case Day() if fact == BIRTH:
            return "an age in whole years, or a day of birth such as 1980-03-01"
        case Day(or_none=or_none):
            return f"a day such as 2014-03-01{' or none' if or_none else ''}"
        case Number():
            return "a whole number"


def read_answer(fact: Path, text: str) -> Any:
    """The plain value that an answer gives to a fact. Raises ValueError, whose sentence says what would do."""
    text = text.strip()
    low = text.lower()
    match fact_type(fact):
        case Truth():
            return _yes_or_no(low)
        case Record():
            return {} if _yes_or_no(low) else None
        case Word(choices=choices):
            return _one_of(text, choices)
        case Words(choices=choices):
            return [] if low in _NO else [_one_of(each.strip(), choices) for each in text.split(",")]
        case Records():
            if low in _NO:
                return []
            if not text.isdecimal() or int(text) > MAX_ENTRIES:
                raise ValueError(
                    f"found `{text}`, expected how many {called(fact)} there are, a number from 0 to {MAX_ENTRIES}"
                )
            return [{} for _ in range(int(text))]
        case Day(or_none=or_none):
            if fact == BIRTH and text.isdecimal() and len(text) <= 3:
                return int(text)
            return None if or_none and low in _NO else parse_day(text).isoformat()
        case Number():
            raise AssertionError("no number is asked for: an age is asked for by the day of birth")


def _yes_or_no(low: str) -> bool:
    if low in _YES or low in _NO:
        return low in _YES
    raise ValueError(f"found `{low}`, expected yes or no")


def _one_of(text: str, choices: Iterable[str]) -> str:
    known = {each.lower(): each for each in choices}
    found = known.get(text.lower().replace(" ", "_"))
    if found is None:
        near = did_you_mean(text, known.values())
        raise ValueError(f"found `{text}`, expected one of {', '.join(known.values())}.{near if 'Did' in near else ''}")
    return found
