"""The default engine: durable-rules matches the rules in force against the facts, and its actions collect what is met.

Its network knows numbers, not unknowns, lists or dates. So every question that the law in force asks is answered first and
asserted as one message: ``y3: 1`` says that the answer to question 3 is yes, ``n3: 1`` that it is no; nothing says that it
is unknown. A definition is one question, under its name. Each condition is a set of productions, one for each way of
meeting it, of plain tests on that one message. Where something is unknown, a second set looks for the conditions that could
yet be met: those are open.

A custody that is followed over time has a session of its own, in which one message takes the place of the other.

Kept to what was measured to be safe: JSON definitions, plain conditions joined by `and` on one message, one rule that
always matches, `delete_state` after every lone decision, no timers, and one lock, because the library is not thread-safe.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from itertools import chain, count, product
from typing import Any

import durable_rules_engine
from durable.engine import Host

from detainer.language import Joined, Node, Not
from detainer.language.tree import Always, Truth
from detainer.library import Law
from detainer.situation import Situation

MAX_WAYS = 32
"""A condition with more ways of being met than this is asserted as one question of its own."""

MAX_SESSIONS = 64
"""How many sessions of one law are open at once, at some 165 KB each."""

Literal = tuple[Node, bool]
"""A question and the answer that is looked for."""
Ways = frozenset[frozenset[Literal]]
"""Ways of meeting a condition: any one of them, each a set of answers that must all be given."""

_SESSION = "decision"
_YES, _NO, _MAYBE_YES, _MAYBE_NO = "y", "n", "p", "q"
_SOMETHING_UNKNOWN = {"u": 1}

_lock = threading.Lock()
_discarded: list[int] = []
"""Handles of networks whose law is gone. They are freed under the lock, never from the garbage collector."""
_generation = count()
_process = next(_generation)


def truths(law: Law, situation: Situation, session: str | None = None) -> tuple[Truth, ...]:
    """Whether each rule in force is met (True), not met (False) or open (None).

    With `session`, the facts stay in a session of that name until others are asserted there, or `close` is called.
    """
    with _lock:
        while _discarded:
            durable_rules_engine.delete_ruleset(_discarded.pop())
        network = law.kept.get("rete")
        if not isinstance(network, _Network) or network.process != _process:
            network = law.kept["rete"] = _Network(law)
        try:
            return network.match(situation, session)
        except BaseException:  # interrupted in the midst: what the session still holds must not reach another decision
            del law.kept["rete"]
            raise


def close(law: Law, session: str) -> None:
    """Forget a session of `truths`, if it is still open."""
    with _lock:
        network = law.kept.get("rete")
        if isinstance(network, _Network) and network.process == _process:
            network.forget(session)


class _TimerlessHost(Host):
    """A host without its two timer threads: they would call the library beside us, and nothing here waits for time."""

    def _run(self) -> None:
        pass


class _Network:
    """The compiled law of one stretch: a host with one ruleset. Used under the lock only."""

    def __init__(self, law: Law) -> None:
        self.process = _process
        self._ids = count(1)
        self._sessions: dict[str, str] = {}  # what stands asserted in each open session, the one used longest ago first
        self._met: set[int] = set()
        self._possible: set[int] = set()
        self._condition_of = law.condition_of
        ways = [_ways_or_whole(condition) for condition in law.conditions]
        self._questions = list(dict.fromkeys(question for each in ways for way in each for question, _ in way))
        rules: dict[str, Any] = {}
        for index, each in enumerate(ways):
            for number, way in enumerate(each):
                # the default is met by every message: one rule must always match, or deleting the session ends the process
                sure = {**_always(), **{self._field(*literal, _YES, _NO): 1 for literal in way}}
                possible = {
                    **_SOMETHING_UNKNOWN,
                    **{self._field(*literal, _MAYBE_YES, _MAYBE_NO): 1 for literal in way},
                }
                rules[f"met {index} {number}"] = _rule(sure, self._met, index)
                if way:
                    rules[f"possible {index} {number}"] = _rule(possible, self._possible, index)
        self._host = _TimerlessHost()
        self._host.set_rulesets({law.place: rules})
        ruleset = self._host.get_ruleset(law.place)
        self._handle = ruleset._handle
        self._actions = {name: promise._func for name, promise in ruleset._actions.items()}
        weakref.finalize(self, _discarded.append, self._handle).atexit = False

    def _field(self, question: Node, answer: bool, yes: str, no: str) -> str:
        return f"{yes if answer else no}{self._questions.index(question)}"

    def match(self, situation: Situation, session: str | None) -> tuple[Truth, ...]:
        answers = [question.truth(situation) for question in self._questions]
        fields = [f'{{"id":{next(self._ids)},"sid":"{session or _SESSION}","a":1']
        for index, answer in enumerate(answers):
            if answer is not None:
                fields.append(f',"{_YES if answer else _NO}{index}":1')
        if None in answers:
            fields.append(',"u":1')
            for index, answer in enumerate(answers):
                if answer is not False:
                    fields.append(f',"{_MAYBE_YES}{index}":1')
                if answer is not True:
                    fields.append(f',"{_MAYBE_NO}{index}":1')
        fields.append("}")
        self._met.clear()
        self._possible.clear()
        message = "".join(fields)
        if session is None:
            self._assert(message)
            durable_rules_engine.delete_state(self._handle, _SESSION)
        else:
            self._replace(session, message)
        return tuple(
            [True if index in self._met else None if index in self._possible else False for index in self._condition_of]
        )

    def _replace(self, session: str, message: str) -> None:
        """Assert a message in a session in place of the one that stands there.

        durable-rules holds at most 1,024 sessions, so those used longest ago are forgotten: every message is whole, and a
        session can be opened again with the next one.
        """
        before = self._sessions.pop(session, None)
        if before is not None:
            _, state = durable_rules_engine.retract_fact(self._handle, before)
            started = durable_rules_engine.start_action_for_state(self._handle, state)
            if started is not None:
                raise RuntimeError("durable-rules: nothing is met by a fact that is gone, and something was")
        elif len(self._sessions) >= MAX_SESSIONS:
            self.forget(next(iter(self._sessions)))
        self._assert(message)
        self._sessions[session] = message

    def forget(self, session: str) -> None:
        if self._sessions.pop(session, None) is not None:
            durable_rules_engine.delete_state(self._handle, session)

    def _assert(self, message: str) -> None:
        """Assert the message as a fact and run the actions that it sets off one after the other.

        The calls into the library are those of durable-rules' own loop (`Ruleset.assert_fact`, `do_actions`) in their
        order. Its Python around them, which times each action and parses the session's state for it, is left out: our
        actions note a number and touch no state.
        """
        handle = self._handle
        _, state = durable_rules_engine.assert_fact(handle, message)
        started = durable_rules_engine.start_action_for_state(handle, state)
        if started is None:
            raise RuntimeError("durable-rules: the default is met by every message, and nothing was")
        text, action = started
        while action:
            self._actions[action.split('"', 2)[1]](None)
            durable_rules_engine.update_state(handle, text)
            action = durable_rules_engine.complete_and_start_action(handle, state)


def _note(found: set[int], index: int) -> Callable[[object], None]:
    """The action of a production: a plain function, for durable-rules looks at its code to count the parameters."""

    def note(_: object) -> None:
        found.add(index)

    return note


def _always() -> dict[str, int]:
    return {"a": 1}


def _rule(fields: dict[str, int], found: set[int], index: int) -> dict[str, Any]:
    tests = [{name: value} for name, value in fields.items()]
    return {"all": [{"m": {"$and": tests} if len(tests) > 1 else tests[0]}], "run": _note(found, index)}


def _ways_or_whole(condition: Node) -> Ways:
    """The ways of meeting a condition; where there are too many, the condition itself is the one question."""
    try:
        return _ways(condition, True)
    except _TooManyWays:
        return frozenset((frozenset(((condition, True),)),))


class _TooManyWays(Exception):
    pass


def _ways(node: Node, answer: bool) -> Ways:
    """How a condition comes to have that answer, as sets of answers to its tests (disjunctive normal form)."""
    match node:
        case Not(part=part):
            return _ways(part, not answer)
        case Joined(parts=parts, decisive=decisive):
            each = [_ways(part, answer) for part in parts]
            ways = frozenset(chain(*each) if decisive is answer else _together(each))
        case Always():
            return frozenset((frozenset(),)) if answer else frozenset()
        case _:
            return frozenset((frozenset(((node, answer),)),))
    if len(ways) > MAX_WAYS:
        raise _TooManyWays
    return frozenset(way for way in ways if not any(other < way for other in ways))


def _together(each: list[Ways]) -> Iterator[frozenset[Literal]]:
    total = 1
    for part in each:
        total *= len(part)
    if total > MAX_WAYS**2:
        raise _TooManyWays
    for choice in product(*each):
        yield frozenset(literal for part in choice for literal in part)


def _after_fork() -> None:
    """The child starts with a lock of its own and builds its own networks: nothing native is shared with the parent."""
    global _lock, _process
    _lock = threading.Lock()
    _process = next(_generation)


os.register_at_fork(before=lambda: _lock.acquire(), after_in_parent=lambda: _lock.release(), after_in_child=_after_fork)
