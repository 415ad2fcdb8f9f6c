"""One policy in five engines: King County in March 2014. Answers are compared before anything is timed.

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
from itertools import product
from typing import Any

Facts = dict[str, bool]
Answer = tuple[str, str]
Engine = Callable[[Facts], Answer]
NAMES = ("warrant", "detainer", "adult", "homicide", "serious")

RULES: list[tuple[str, str]] = [
    ("warrant", "hold us/judicial-warrant"),
    ("detainer and not (adult and (homicide or serious))", "release us/wa/king/otherwise-no"),
    ("detainer and adult and homicide", "hold us/wa/king/homicide-conviction"),
    ("detainer and adult and serious", "hold us/wa/king/serious-conviction"),
    ("not detainer", "release us/no-authority"),
]


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


def case_of(facts: Facts) -> Any:
    """The case that these truths describe."""
    from detainer import Case

    convictions = []
    if facts["homicide"]:
        convictions.append({"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True})
    if facts["serious"]:
        convictions.append({"offense": "violent", "convicted_on": "2010-05-06", "shown_in_writing": True})
    return Case.model_validate(
        {
            "jurisdiction": "us/wa/king",
            "release_at": "2014-03-03T10:00",
            "detainer": {"form": "I-247", "issued_at": "2014-03-01", "served": True} if facts["detainer"] else None,
            "judicial_warrant": {"kind": "criminal", "issued_by": "federal_judge"} if facts["warrant"] else None,
            "person": {"date_of_birth": "1980-02-03" if facts["adult"] else "2000-02-03"},
            "convictions": convictions,
            "charges": [],
        }
    )


def ours(engine: Any) -> Callable[[Any], Answer]:
    from detainer import decide

    def answer(case: Any) -> Answer:
        decision = decide(case, engine=engine)
        return decision.outcome, decision.resolution.control.ruling.id

    return answer


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
}


def measure(name: str) -> float:
    """Compare every answer over all 32 combinations of facts with the direct engine, then time the README's case."""
    direct = ours("direct")
    if name.startswith("detainer"):
        engine, subject_of = ours(name.split()[-1]), case_of
    else:
        engine, subject_of = PEERS[name](), dict
    for values in product((False, True), repeat=len(NAMES)):
        facts = dict(zip(NAMES, values, strict=True))
        found, expected = engine(subject_of(facts)), direct(case_of(facts))
        assert found == expected, (name, facts, found, expected)
    return microseconds(engine, subject_of(dict.fromkeys(NAMES, True) | {"warrant": False, "serious": False}))


if __name__ == "__main__":
    # each in a process of its own: some of their native libraries do not bear each other's company
    if len(sys.argv) > 1:
        print(measure(sys.argv[1]))
    else:
        for each in ("detainer rete", "detainer direct", *PEERS):
            done = subprocess.run([sys.executable, __file__, each], capture_output=True, text=True, check=True)
            print(f"{each:24} {float(done.stdout):8.1f} µs", flush=True)
