"""The policy of a million cases at once: columns of truths in, a column of the numbers of `RULES` out."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from policy import COMBINATIONS, NAMES, RULES, case_of, ours

ROWS = 1_000_000


def columns() -> dict[str, Any]:
    """All combinations, over and over."""
    import numpy

    table = numpy.array(COMBINATIONS)
    return {name: numpy.tile(table[:, place], ROWS // len(table)) for place, name in enumerate(NAMES)}


def numpy_by_hand() -> tuple[Any, Callable[[Any], Any]]:
    import numpy

    def decide(truths: dict[str, Any]) -> Any:
        shown = truths["adult"] & (truths["homicide"] | truths["serious"])
        detainer = truths["detainer"]
        return numpy.select(
            [truths["warrant"], detainer & ~shown, detainer & truths["homicide"], detainer], [0, 1, 2, 3], default=4
        )

    return columns(), decide


def polars_by_hand() -> tuple[Any, Callable[[Any], Any]]:
    import polars

    warrant, detainer, adult, homicide, serious = map(polars.col, NAMES)
    shown = adult & (homicide | serious)
    number = (
        polars.when(warrant)
        .then(0)
        .when(detainer & ~shown)
        .then(1)
        .when(detainer & homicide)
        .then(2)
        .when(detainer)
        .then(3)
    ).otherwise(4)

    def decide(frame: Any) -> Any:
        return frame.lazy().select(number.alias("number")).collect()["number"].to_numpy()

    return polars.DataFrame(columns()), decide


def openfisca() -> tuple[Any, Callable[[Any], Any]]:
    """A simulation is made for each million, as its answers are kept in it."""
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulation_builder import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    person = build_entity(key="person", plural="people", label="a person", is_person=True)
    system = TaxBenefitSystem([person])
    month = "2014-03"
    for name in NAMES:
        fields = {"value_type": bool, "entity": person, "definition_period": DateUnit.MONTH, "label": name}
        system.add_variable(type(name, (Variable,), fields))

    def formula(people: Any, period: Any) -> Any:
        truths = {name: people(name, period) for name in NAMES}
        return numpy_by_hand()[1](truths)

    fields = {
        "value_type": int,
        "entity": person,
        "definition_period": DateUnit.MONTH,
        "label": "rule",
        "formula": formula,
    }
    system.add_variable(type("answer", (Variable,), fields))
    truths = columns()

    def decide(given: dict[str, Any]) -> Any:
        simulation = SimulationBuilder().build_default_simulation(system, ROWS)
        for name, values in given.items():
            simulation.set_input(name, month, values)
        return simulation.calculate("answer", month)

    return truths, decide


def ours_in_columns() -> tuple[Any, Callable[[Any], Any]]:
    """`detainer bulk` without its files: the cases themselves in a table, and all that a decision says back in one."""
    import pyarrow

    from detainer.columnar.decider import DuckDB
    from detainer.columnar.plan import Plan
    from detainer.columnar.rows import row_of

    rows = [row_of(case_of(dict(zip(NAMES, values, strict=True)))) for values in COMBINATIONS]
    for row in rows:
        row["release_at"] = datetime.fromisoformat(row["release_at"])
    table = pyarrow.concat_tables([pyarrow.Table.from_pylist(rows)] * (ROWS // len(rows))).combine_chunks()
    table = table.drop_columns([name for name in table.column_names if pyarrow.types.is_null(table[name].type)])
    decider = DuckDB(Plan())
    decider.con.con.register("cases", table.add_column(0, "row", pyarrow.array(range(ROWS))))
    decider.con.raw_sql("CREATE TEMP TABLE given AS SELECT * FROM cases")
    numbers = {answer.split()[1]: number for number, (_, answer) in enumerate(RULES)}

    def decide(given: Any) -> Any:
        return decider.keep("answers", decider.decide(given).decisions)

    def answers(given: Any) -> Any:
        import numpy

        found = decider.con.con.execute(f"SELECT ruling FROM {decide(given).get_name()}").fetchnumpy()["ruling"]
        return numpy.array([numbers[each] for each in found])

    decide.answers = answers  # type: ignore[attr-defined]
    return decider.con.table("given"), decide


COLUMNS: dict[str, Callable[[], tuple[Any, Callable[[Any], Any]]]] = {
    "detainer, DuckDB": ours_in_columns,
    "NumPy, by hand": numpy_by_hand,
    "Polars, by hand": polars_by_hand,
    "openfisca-core": openfisca,
}


def measure_columns(name: str) -> float:
    """Compare all answers with those of the direct engine, then time a million, the best of five: microseconds a decision."""
    given, decide = COLUMNS[name]()
    answers = getattr(decide, "answers", decide)(given)
    direct = ours("direct")
    for row, values in enumerate(COMBINATIONS):
        expected = direct(case_of(dict(zip(NAMES, values, strict=True))))
        assert " ".join(expected) == RULES[int(answers[row])][1], (name, values, expected)
    assert len(answers) == ROWS
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        decide(given)
        best = min(best, time.perf_counter() - start)
    return best / ROWS * 1e6
