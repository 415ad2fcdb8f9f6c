"""The pytest plugin, installed with the package: scenarios are tests, one each.

``*.scenario.yaml`` files are collected wherever pytest looks, and every YAML file of the folders named in the ini option
``detainer_scenarios``, where pytest looks too when it is called without paths. A scenario fails where its expectation does, with
the explanation of what was decided; one that expects nothing is skipped. ``--detainer-coverage`` prints the rules that drove no
decision. Nothing but pytest is imported until there is a scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from detainer.decision import Decision
    from detainer.library import Library
    from detainer.scenarios import Entry

_ENDINGS = (".scenario.yaml", ".scenario.yml")
_SUFFIXES = (".yaml", ".yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("detainer", "scenarios of detainer")
    group.addoption(
        "--detainer-coverage", action="store_true", help="print the rules that drove no scenario's decision"
    )
    group.addoption(
        "--detainer-rulesets", metavar="FOLDER", help="a folder of rulesets to use instead of the law that ships"
    )
    parser.addini("detainer_scenarios", "folders whose YAML files are scenarios", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Where pytest is called without paths, it looks into the folders of scenarios, too."""
    config.stash[_DRIVEN] = Driven()
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        looked = [Path(config.invocation_params.dir, arg) for arg in config.args]
        config.args += [str(each) for each in _folders(config) if not any(_inside(each, arg) for arg in looked)]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file of scenarios."""
    named = file_path.suffix in _SUFFIXES and any(_inside(file_path, each) for each in _folders(parent.config))
    if named or file_path.name.endswith(_ENDINGS):
        return ScenarioFile.from_parent(parent, path=file_path)  # pyright: ignore[reportUnknownMemberType]
    return None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells the controller what it saw."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["detainer"] = session.config.stash[_DRIVEN].plain()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The controller of pytest-xdist adds up what its workers saw."""
    seen = getattr(node, "workeroutput", {}).get("detainer")
    if seen:
        node.config.stash[_DRIVEN].add(*seen)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The rules that drove no decision, where asked for."""
    if config.getoption("--detainer-coverage"):
        terminalreporter.section("rules that drove no decision")
        for line in config.stash[_DRIVEN].report():
            terminalreporter.write_line(line)


def _folders(config: pytest.Config) -> list[Path]:
    return config.getini("detainer_scenarios")


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


class Driven:
    """Which rules drove a decision, of which places."""

    def __init__(self) -> None:
        self._rules: set[str] = set()
        self._laws: dict[str, Library] = {}

    def note(self, decision: Decision, library: Library) -> None:
        """Note what drove a decision."""
        self._rules.add(decision.ruling.id)
        self._laws[decision.law.place] = library

    def plain(self) -> tuple[list[str], dict[str, str]]:
        """The rules, and the places with the folder of their law."""
        return sorted(self._rules), {place: str(library.root) for place, library in self._laws.items()}

    def add(self, rules: list[str], laws: dict[str, str]) -> None:
        """Note what another process saw."""
        from detainer.library import library_at

        self._rules |= set(rules)
        self._laws |= {place: library_at(Path(folder)) for place, folder in laws.items()}

    def report(self) -> Iterator[str]:
        """A line for each rule of the places seen that drove none, cautions left out, which never do; then how many."""
        rules = {
            rule.id: rule
            for place, library in sorted(self._laws.items())
            for law in library.history(place)[:1]
            for rule in (*law.rules, *law.dormant)
            if rule.effect != "cautions"
        }
        missing = [rule for name, rule in rules.items() if name not in self._rules]
        yield from (f"{rule.id} ({rule.effect}; {rule.authority.cite})" for rule in missing)
        yield f"{len(rules) - len(missing)} of {len(rules)} rules of {len(self._laws)} places drove a decision"


_DRIVEN = pytest.StashKey[Driven]()


class ScenarioFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterable[ScenarioItem]:
        """A test for each scenario. Raises what pytest shows where the file is none of scenarios."""
        from detainer.errors import FileError
        from detainer.scenarios import entries
        from detainer.yamlfile import read

        try:
            found = list(entries(read(self.path)))
        except FileError as error:
            raise self.CollectError(str(error)) from None
        for entry in found:
            yield ScenarioItem.from_parent(self, name=entry.id, entry=entry)  # pyright: ignore[reportUnknownMemberType]


class Unmet(Exception):
    """A scenario that is wrong, or whose expectation failed; its text is for the reader."""


class ScenarioItem(pytest.Item):
    """One scenario."""

    def __init__(self, *, entry: Entry, **more: Any) -> None:
        super().__init__(**more)  # pyright: ignore[reportUnknownMemberType]
        self._entry = entry

    @cached_property
    def _library(self) -> Library:
        from detainer.library import library_at

        folder = self.config.getoption("--detainer-rulesets")
        return library_at(Path(folder) if folder else None)

    def runtest(self) -> None:
        """Decide the scenario and hold it against what it expects."""
        from detainer.reasons import explain
        from detainer.scenarios import run_entry

        result = run_entry(self._entry, library=self._library)
        if result.decision is None:
            raise Unmet("\n".join(map(str, result.problems)))
        self.config.stash[_DRIVEN].note(result.decision, self._library)
        if result.differences:
            failures = "\n".join(result.differences)
            raise Unmet(f"{failures}\n\n{explain(result.decision, self.name).text()}")
        if result.expected is None:
            pytest.skip("nothing is expected of it")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected and found, and why; no traceback of ours."""
        return str(excinfo.value) if isinstance(excinfo.value, Unmet) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The file, the line (from 0) and the name."""
        return self.path, self._entry.source.problem("", self._entry.path).line - 1, self.name
