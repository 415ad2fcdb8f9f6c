"""What was proven, as text, JSON and Markdown for a reader. Pure: returns text, writes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import yaml

from detainer.case import FIRST, LAST
from detainer.decision import Decision
from detainer.formats import plural, ruled
from detainer.verify.constraints import Checked
from detainer.verify.every import SCOPE, Shown
from detainer.verify.prove import Proof, Verdict

Format = Literal["text", "json", "markdown"]
_SIGNS: dict[str, str] = {"proven": "proven", "refuted": "**refuted**", "undecided": "*undecided*"}
_WORST: tuple[Verdict, ...] = ("refuted", "undecided", "proven")


def code(proofs: Sequence[Proof]) -> int:
    """The exit code: 1 where a constraint is refuted, 2 where one is undecided, else 0."""
    verdicts = {proof.verdict for proof in proofs}
    return 1 if "refuted" in verdicts else 2 if "undecided" in verdicts else 0


def tally(proofs: Sequence[Proof]) -> str:
    """One line: how many of each verdict, over which law, and how far the proofs reach."""
    counts = Counter(proof.verdict for proof in proofs)
    places = len({proof.place for proof in proofs})
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("proven", "refuted", "undecided"))
    return f"{plural(len(proofs), 'question')} about the law of {plural(places, 'place')}: {verdicts}\neach for {SCOPE}"


def days(proof: Proof) -> str:
    """The days of which a proof speaks, in words."""
    since = f"from {proof.since}" if proof.since > FIRST else ""
    until = f"until {proof.until}" if proof.until < LAST else ""
    return " ".join(part for part in (since, until) if part) or "always"


def scenario_file(scenarios: Sequence[Mapping[str, Any]]) -> str:
    """Scenarios as a file that `detainer run` takes."""
    return yaml.safe_dump({"scenarios": list(scenarios)}, sort_keys=False, allow_unicode=True, width=120)


def text(constraints: Sequence[Checked], shown: Sequence[Shown]) -> str:
    """A line for each constraint, and each case that breaks one."""
    return "\n".join(
        [*_table(constraints, shown), "", *_cases(constraints, shown), tally([s.proof for s in shown]), ""]
    )


def _table(constraints: Sequence[Checked], shown: Sequence[Shown]) -> Iterator[str]:
    width = max(len(checked.id) for checked in constraints)
    for checked in constraints:
        verdicts = [each.proof.verdict for each in shown if each.proof.constraint == checked.id]
        if not verdicts:
            yield f"{checked.id:{width}}  speaks of none of this law"
            continue
        worst = next(verdict for verdict in _WORST if verdict in verdicts)
        of = f"{verdicts.count(worst)} of " if worst != "proven" else ""
        yield f"{checked.id:{width}}  {worst:9}  {of}{plural(len(verdicts), 'question')}"


def _cases(constraints: Sequence[Checked], shown: Sequence[Shown]) -> Iterator[str]:
    sentences = {checked.id: checked for checked in constraints}
    for each in shown:
        proof = each.proof
        if proof.verdict == "proven":
            continue
        checked = sentences[proof.constraint]
        yield f"{proof.verdict}: {proof.constraint}, {proof.place}, {days(proof)}"
        yield f"  {checked.constraint.sentence}" + (f" ({checked.cites})" if checked.cites else "")
        if proof.why:
            yield f"  {proof.why}"
        for found, decision in zip(each.scenarios, each.decisions, strict=True):
            yield f"  {found['id']}: {_decided(decision)}"
        if each.scenarios:
            yield from (f"    {line}" for line in scenario_file(each.scenarios).splitlines())
        yield ""


def _decided(decision: Decision) -> str:
    return ruled(decision.to_dict(considered=False))


def as_json(constraints: Sequence[Checked], shown: Sequence[Shown]) -> str:
    """Everything, for programs."""
    return json.dumps(
        {
            "scope": SCOPE,
            "constraints": [
                {"id": checked.id, "sentence": checked.constraint.sentence, "authority": checked.cites}
                for checked in constraints
            ],
            "proofs": [
                {
                    "constraint": each.proof.constraint,
                    "place": each.proof.place,
                    "since": each.proof.since.isoformat(),
                    "until": each.proof.until.isoformat(),
                    "verdict": each.proof.verdict,
                    **({"why": each.proof.why} if each.proof.why else {}),
                    **({"witness": list(each.scenarios)} if each.scenarios else {}),
                }
                for each in shown
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def markdown(constraints: Sequence[Checked], shown: Sequence[Shown]) -> str:
    """A table of constraints and places, and each case that breaks one."""
    places = list(dict.fromkeys(each.proof.place for each in shown))
    lines = ["# Constraints", "", tally([each.proof for each in shown]).replace("\n", ", "), ""]
    for checked in constraints:
        cites = f" ({checked.cites})" if checked.cites else ""
        lines.append(f"- `{checked.id}`: {checked.constraint.sentence}{cites}")
    lines += ["", "| place | " + " | ".join(f"`{checked.id}`" for checked in constraints) + " |"]
    lines.append("|---" * (len(constraints) + 1) + "|")
    for place in places:
        cells = [_cell(place, checked.id, shown) for checked in constraints]
        lines.append(f"| {place} | " + " | ".join(cells) + " |")
    for each in shown:
        if each.proof.verdict != "proven":
            lines += ["", f"## {each.proof.constraint}: {each.proof.place}, {days(each.proof)}", ""]
            lines += [
                f"- {found['id']}: {_decided(d)}" for found, d in zip(each.scenarios, each.decisions, strict=True)
            ]
            lines += (
                ["", "```yaml", scenario_file(each.scenarios).rstrip(), "```"] if each.scenarios else [each.proof.why]
            )
    return "\n".join([*lines, ""])


def _cell(place: str, constraint: str, shown: Sequence[Shown]) -> str:
    found = [s.proof.verdict for s in shown if s.proof.place == place and s.proof.constraint == constraint]
    worst = next((verdict for verdict in _WORST if verdict in found), None)
    return f"{_SIGNS[worst]} ({found.count(worst)}/{len(found)})" if worst else "–"


WRITERS = {"text": text, "json": as_json, "markdown": markdown}
