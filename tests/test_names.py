"""Public names are the same things however the package was imported."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import detainer
import detainer.testing

PACKAGES = (detainer, detainer.testing)
ALL = "[each.name for each in pkgutil.walk_packages(detainer.__path__, 'detainer.') if '__main__' not in each.name]"
ORDERS = {
    "names alone": "[]",
    "modules forwards": ALL,
    "modules backwards": f"{ALL}[::-1]",
    "modules as chance has it": f"random.Random(14).sample(mods := {ALL}, len(mods))",
}
CODE = """
import contextlib, importlib, pkgutil, random, detainer, detainer.testing
first = {{}} if {late} else {{name: getattr(detainer, name) for name in detainer.__all__}}
for name in {modules}:
    with contextlib.suppress(ImportError):  # of rete, where that cannot be loaded
        importlib.import_module(name)
for package in (detainer, detainer.testing):
    star = {{}}
    exec(f"from {{package.__name__}} import *", star)
    homes = {{name: room for room, names in package._ROOMS.items() for name in names}}
    for name in package.__all__:
        meant = package.__version__ if name == "__version__" else getattr(importlib.import_module(homes[name]), name)
        assert getattr(package, name) is star[name] is meant, name
        assert package is not detainer or first.get(name, meant) is meant, name
"""


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("late", [True, False], ids=["names last", "names first"])
def test_names_are_the_same_in_every_order(order: str, late: bool) -> None:
    code = CODE.format(modules=ORDERS[order], late=late)
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_no_name_is_that_of_a_module(package: object) -> None:
    """Importing a module puts it under its name in its package, over what stood there."""
    modules = {each.name for each in pkgutil.iter_modules(package.__path__)}  # type: ignore[attr-defined]
    assert not modules & set(package.__all__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_name_is_listed_once_and_everywhere(package: object) -> None:
    module = importlib.import_module(package.__name__)  # type: ignore[attr-defined]
    homes = [name for names in module._ROOMS.values() for name in names]
    assert len(homes) == len(set(homes))
    assert set(homes) == set(module.__all__) - {"__version__"}
    assert set(module.__all__) <= set(dir(module))
