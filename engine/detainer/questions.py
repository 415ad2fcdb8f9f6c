"""What to ask next: the unknown facts that could change an answer, each as a question to someone at a booking desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detainer.errors import Path, dotted
from detainer.language import Node
from detainer.language.fields import lists
from detainer.language.tree import Defined, Test
from detainer.library import Law
from detainer.situation import Situation
from detainer.wording import question


@dataclass(frozen=True, slots=True)
class Question:
    """An unknown fact that could change the answer, such as ``convictions[0].released_on``, and the question for it."""

    path: Path
    ask: str

    @property
    def fact(self) -> str:
        """The fact, as scenario files write it."""
        return dotted(self.path)

    def __str__(self) -> str:
        return self.ask


def question_for(law: Law, situation: Situation, fact: Path) -> Question:
    """The question for an unknown fact; for an unknown list, what the law wants to know of it."""
    if fact[0] not in lists() or len(fact) > 1:
        return Question(fact, question(fact, law.asks))
    wanted: dict[str, None] = {}
    seen = set[Node]()
    for condition in law.conditions:
        if condition.truth(situation) is None:
            wanted.update(dict.fromkeys(_wanted(condition, law, situation, fact, seen)))
    return Question(fact, " ".join(wanted) or question(fact, law.asks))


def _wanted(node: Node, law: Law, situation: Situation, fact: Path, seen: set[Node]) -> Iterator[str]:
    """The questions of the open definitions that hang on a fact, and the fact's own where a test asks for it outside them."""
    if node in seen or node.truth(situation) is not None or fact not in node.unknowns(situation):
        return
    seen.add(node)
    if isinstance(node, Defined) and node.name in law.asks:
        yield law.asks[node.name]
    elif isinstance(node, Test):
        yield question(fact, law.asks)
    else:
        for part in node.inside():
            yield from _wanted(part, law, situation, fact, seen)
