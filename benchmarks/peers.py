"""One policy in many engines: King County in March 2014. Answers are compared before anything is timed.

The peers get the hard parts answered beforehand, as truths: whether the detainer asks for custody, whether a homicide or a
serious conviction is shown. They return the outcome and the rule. `detainer` starts from the case itself, reads dates and lists,
counts the deadline and keeps the fate of every rule.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from columns import COLUMNS, measure_columns
from policy import COMBINATIONS, NAMES, RULES, Answer, Engine, Facts, case_of, ours


def zen_engine() -> Engine:
    import zen

    rows = [{"_id": str(n), "in": when, "out": json.dumps(answer)} for n, (when, answer) in enumerate(RULES)]
    graph = {
        "nodes": [
            {"id": "a", "type": "inputNode", "name": "a", "position": {"x": 0, "y": 0}},
            {
                "id": "t",
                "type": "decisionTableNode",
                "name": "t",
                "position": {"x": 0, "y": 0},
                "content": {
                    "hitPolicy": "first",
                    "rules": rows,
                    "inputs": [{"id": "in", "name": "in"}],
                    "outputs": [{"id": "out", "name": "out", "field": "answer"}],
                },
            },
            {"id": "z", "type": "outputNode", "name": "z", "position": {"x": 0, "y": 0}},
        ],
        "edges": [
            {"id": "1", "sourceId": "a", "targetId": "t", "type": "edge"},
            {"id": "2", "sourceId": "t", "targetId": "z", "type": "edge"},
        ],
    }
    decision = zen.ZenEngine().create_decision(json.dumps(graph))

    def decide(facts: Facts) -> Answer:
        outcome, rule = decision.evaluate(facts)["result"]["answer"].split()
        return outcome, rule

    return decide


def cedar() -> Engine:
    import cedarpy

    def policy(when: str, answer: str) -> str:
        text = when
        for name in NAMES:
            text = text.replace(name, f"context.{name}")
        text = text.replace(" and ", " && ").replace(" or ", " || ").replace("not ", "!")
        effect = "permit" if answer.startswith("hold") else "forbid"
        return f'@id("{answer.split()[1]}")\n{effect}(principal, action, resource) when {{ {text} }};'

    # the warrant stands above the county: its refusal is written with the warrant left out, as Cedar has no ranks
    policies = "\n".join(
        policy(when if number == 0 else f"!warrant && ({when})".replace("!warrant", "not warrant"), answer)
        for number, (when, answer) in enumerate(RULES)
    )

    def decide(facts: Facts) -> Answer:
        request = {"principal": 'J::"1"', "action": 'A::"hold"', "resource": 'P::"1"', "context": facts}
        result = cedarpy.is_authorized(request, policies, [])
        reasons = sorted(result.diagnostics.reasons)
        return ("hold" if result.allowed else "release"), IDS[reasons[0]]

    IDS = {f"policy{n}": answer.split()[1] for n, (_, answer) in enumerate(RULES)}
    return decide


def rego() -> Engine:
    import regopy

    module = """package king
import rego.v1

fits if { input.adult; input.homicide }
fits if { input.adult; input.serious }

answer := "hold us/judicial-warrant" if { input.warrant }
else := "release us/wa/king/otherwise-no" if { input.detainer; not fits }
else := "hold us/wa/king/homicide-conviction" if { input.detainer; input.adult; input.homicide }
else := "hold us/wa/king/serious-conviction" if { input.detainer; input.adult; input.serious }
else := "release us/no-authority" if { not input.detainer }
"""
    interpreter = regopy.Interpreter()
    interpreter.add_module("king", module)

    def decide(facts: Facts) -> Answer:
        interpreter.set_input(facts)
        found = json.loads(str(interpreter.query("data.king.answer")))
        outcome, rule = (
            found["expressions"][0].split() if "expressions" in found else found["result"][0]["expressions"][0].split()
        )
        return outcome, rule

    return decide


CLINGO = """
answer(1) :- warrant.
fits :- adult, homicide.
fits :- adult, serious.
answer(2) :- not warrant, detainer, not fits.
answer(3) :- not warrant, detainer, adult, homicide.
answer(4) :- not warrant, detainer, adult, serious, not homicide.
answer(5) :- not warrant, not detainer.
"""


def clingo_afresh() -> Engine:
    """As it is used as a rule: the facts are part of the program, which is grounded and solved."""
    import clingo

    def decide(facts: Facts) -> Answer:
        control = clingo.Control(["--warn=none"])
        control.add("base", [], CLINGO + "".join(f"{name}." for name, value in facts.items() if value))
        control.ground([("base", [])])
        return _clingo_answer(control.solve(yield_=True))

    return decide


def clingo_once() -> Engine:
    """Grounded once over all the facts that there could be, each solved under assumptions."""
    import clingo

    control = clingo.Control(["--warn=none"])
    control.add("base", [], CLINGO + "{warrant; detainer; adult; homicide; serious}.")
    control.ground([("base", [])])
    atoms = {name: clingo.Function(name) for name in NAMES}

    def decide(facts: Facts) -> Answer:
        return _clingo_answer(control.solve([(atoms[name], value) for name, value in facts.items()], yield_=True))

    return decide


def _clingo_answer(handle: Any) -> Answer:
    with handle as models:
        for model in models:
            for symbol in model.symbols(atoms=True):
                if symbol.name == "answer":
                    outcome, rule = RULES[symbol.arguments[0].number - 1][1].split()
                    return outcome, rule
    raise AssertionError("no model")


def rule_engine() -> Engine:
    import rule_engine

    rules = [(rule_engine.Rule(when), answer.split()) for when, answer in RULES]

    def decide(facts: Facts) -> Answer:
        outcome, name = next(answer for rule, answer in rules if rule.matches(facts))
        return outcome, name

    return decide


def cel() -> Engine:
    import cel

    def program(when: str) -> Any:
        return cel.compile(when.replace(" and ", " && ").replace(" or ", " || ").replace("not ", "!"))

    rules = [(program(when), answer.split()) for when, answer in RULES]

    def decide(facts: Facts) -> Answer:
        outcome, name = next(answer for rule, answer in rules if rule.execute(facts))
        return outcome, name

    return decide


def by_hand() -> Engine:
    """What somebody writes who has one county and one day before them."""
    answers = [answer.split() for _, answer in RULES]

    def decide(facts: Facts) -> Answer:
        shown = facts["adult"] and (facts["homicide"] or facts["serious"])
        if facts["warrant"]:
            number = 0
        elif not facts["detainer"]:
            number = 4
        elif not shown:
            number = 1
        else:
            number = 2 if facts["homicide"] else 3
        outcome, name = answers[number]
        return outcome, name

    return decide


def microseconds(call: Callable[[Any], Answer], subject: Any, rounds: int = 3000) -> float:
    """The median of single calls, after a warm-up."""
    for _ in range(200):
        call(subject)
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        call(subject)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


PEERS: dict[str, Callable[[], Engine]] = {
    "zen-engine": zen_engine,
    "cedarpy": cedar,
    "regopy": rego,
    "clingo": clingo_afresh,
    "clingo, grounded once": clingo_once,
    "rule-engine": rule_engine,
    "common-expression-language": cel,
    "Python, by hand": by_hand,
}


def measure(name: str) -> float:
    """Compare every answer over all 32 combinations of facts with the direct engine, then time the README's case."""
    if name in COLUMNS:
        return measure_columns(name)
    direct = ours("direct")
    if name.startswith("detainer"):
        engine, subject_of = ours(name.split()[-1]), case_of
    else:
        engine, subject_of = PEERS[name](), dict
    for values in COMBINATIONS:
        facts = dict(zip(NAMES, values, strict=True))
        found, expected = engine(subject_of(facts)), direct(case_of(facts))
        assert found == expected, (name, facts, found, expected)
    return microseconds(engine, subject_of(dict.fromkeys(NAMES, True) | {"warrant": False, "serious": False}))


if __name__ == "__main__":
    # each in a process of its own: some of their native libraries do not bear each other's company
    if len(sys.argv) > 1:
        print(measure(sys.argv[1]))
    else:
        for title, names in (
            ("one at a time", ("detainer direct", "detainer rete", *PEERS)),
            ("a million at once", tuple(COLUMNS)),
        ):
            print(f"{title:34} µs a decision   of the first", flush=True)
            base = 0.0
            for each in names:
                done = subprocess.run([sys.executable, __file__, each], capture_output=True, text=True, check=True)
                found = float(done.stdout)
                base = base or found
                print(f"  {each:32} {found:13.3f} {found / base:14.2f}", flush=True)
