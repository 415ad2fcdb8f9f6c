"""The condition language: a small, typed subset of Python expressions, checked against the facts of a case."""

from detainer.language.check import Names, check
from detainer.language.tree import Every, Node, Not, Some, Test

__all__ = ["Every", "Names", "Node", "Not", "Some", "Test", "check"]
