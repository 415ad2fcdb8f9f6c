"""durable-rules under load: many decisions, many threads, a fork, and nothing left behind. Each in a process of its own,
because what goes wrong there ends the interpreter and not the test."""

from __future__ import annotations

import subprocess
import sys

_CASES = """
import itertools, os, sys, threading
from detainer import Case, Library, decide
from detainer.engines import rete
from detainer.scenarios import load_scenarios
CASES = load_scenarios("scenarios")
def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
"""


def run_python(code: str, timeout: int = 300) -> str:
    done = subprocess.run([sys.executable, "-c", _CASES + code], capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_200_000_mixed_decisions_end_well_with_flat_memory() -> None:
    out = run_python("""
from detainer.situation import situate
from detainer.library import library_at
library = library_at()
asked = [(library.law(c.jurisdiction, s.asked_day), s) for c in CASES for s in [situate(c, library.where(c.jurisdiction))]]
from detainer.engines import direct
expected = [direct.truths(law, situation) for law, situation in asked]
done = 0
start = 0.0
while done < 200_000:
    for (law, situation), truths in zip(asked, expected):
        assert rete.truths(law, situation) == truths
        done += 1
    if done > 20_000 and not start:
        start = rss()
grown = rss() - start
assert grown < 20, grown
print(done, threading.active_count())
""")
    decided, threads = map(int, out.split())
    assert decided >= 200_000
    assert threads == 1


def test_many_threads_get_the_right_answers() -> None:
    assert "800" in run_python("""
from concurrent.futures import ThreadPoolExecutor
expected = {c.id: decide(c, engine="direct").to_dict() for c in CASES}
work = [c for c, _ in zip(itertools.cycle(CASES), range(800))]
with ThreadPoolExecutor(16) as pool:
    for case, found in zip(work, pool.map(decide, work)):
        assert found.to_dict() == expected[case.id], case.id
print(len(work))
""")


def test_safe_after_a_fork_while_threads_decide() -> None:
    assert "children 5" in run_python("""
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any fork beside threads: that is what we test
expected = {c.id: decide(c, engine="direct").ruling.id for c in CASES}
stop = threading.Event()
def busy():
    for case in itertools.cycle(CASES):
        decide(case)
        if stop.is_set():
            return
threads = [threading.Thread(target=busy) for _ in range(3)]
for thread in threads:
    thread.start()
good = 0
for _ in range(5):
    child = os.fork()
    if child == 0:
        os._exit(0 if all(decide(c).ruling.id == expected[c.id] for c in CASES) else 3)
    good += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
stop.set()
for thread in threads:
    thread.join()
assert all(decide(c).ruling.id == expected[c.id] for c in CASES)
print("children", good)
""")


def test_no_session_is_left_behind() -> None:
    """Far more decisions than durable-rules has room for sessions (1,024), and no state to be found afterwards."""
    assert "gone" in run_python("""
for case in itertools.islice(itertools.cycle(CASES), 3000):
    decide(case)
from detainer.library import library_at
laws = [law for place in library_at().places for law in library_at().history(place)]
networks = [law.kept["rete"] for law in laws if "rete" in law.kept]
assert len(networks) > 10
for network in networks:
    try:
        (ruleset,) = network._host._ruleset_directory.values()
        facts = ruleset.get_facts("decision")
    except Exception:
        facts = []
    assert not facts, facts
print("gone")
""")


def test_networks_of_forgotten_law_are_freed() -> None:
    assert "flat" in run_python("""
import gc
CASE = CASES[0]
for number in range(150):
    decide(CASE, library=Library())
    gc.collect()
    if number == 50:
        start = rss()
assert rss() - start < 10, rss() - start
print("flat")
""")


def test_an_interrupted_decision_leaves_nothing_for_the_next() -> None:
    assert "clean" in run_python("""
import durable_rules_engine
case = next(c for c in CASES if c.id == "monday-morning")
right = decide(case).to_dict()
real = durable_rules_engine.complete_and_start_action
def interrupted(*args):
    raise KeyboardInterrupt
durable_rules_engine.complete_and_start_action = interrupted
try:
    decide(case)
    raise AssertionError("not interrupted")
except KeyboardInterrupt:
    pass
durable_rules_engine.complete_and_start_action = real
other = case.model_copy(update={"detainer": None})
assert decide(other).ruling.id == "us/no-authority"
assert decide(case).to_dict() == right
print("clean")
""")


def test_a_custody_has_one_message_in_one_session_and_none_when_it_ends() -> None:
    """Each event takes the place of the one before it; under new law, and at the end, the session is forgotten."""
    assert "one at a time" in run_python("""
from detainer import Booking, Custody
from detainer.library import library_at
def sessions():
    found = {}
    for law in library_at().history("us/wa/king"):
        network = law.kept.get("rete")
        if network is not None:
            (ruleset,) = network._host._ruleset_directory.values()
            for session in network._sessions:
                found.setdefault(session, []).extend(ruleset.get_facts(session))
    return found
custody = Custody(Booking(jurisdiction="us/wa/king", detainer=None, judicial_warrant=None))
custody.feed({"at": "2014-09-01T09:00", "event": "booked"}, {"at": "2014-09-02T09:00", "event": "release_due"})
for hour in range(10, 20):
    custody.feed({"at": f"2014-09-02T{hour}:00", "event": "judicial_warrant_served"})
    custody.feed({"at": f"2014-09-02T{hour}:30", "event": "warrant_quashed"})
(facts,) = sessions().values()
assert len(facts) == 1, facts
custody.feed({"at": "2014-09-20T10:00", "event": "judicial_warrant_served"})
(facts,) = sessions().values()
assert len(facts) == 1, facts
custody.feed({"at": "2014-09-21T10:00", "event": "released"})
assert sessions() == {}
print("one at a time")
""")
