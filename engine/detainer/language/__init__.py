"""The condition language: a small, typed subset of Python expressions, checked against the facts of a case."""

from detainer.language.check import Names, check
from detainer.language.tree import Joined, Node, Not, Test

__all__ = ["Joined", "Names", "Node", "Not", "Test", "check"]
