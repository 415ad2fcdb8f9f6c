#!/usr/bin/env bash
# pytest-xdist 3.8.0 on pytest 9.2.0: the mark `xdist_group` has no effect, without a word. xdist writes the group behind the name of
# a test in `_nodeid`, and `nodeid` of pytest 9.2 reads that no more; so with `--dist loadgroup` the tests of one group go to both
# workers, and what they share (a database, a JVM) is started twice. On pytest 9.1.1 they all go to one. Expected: one worker on both.
# Ends with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/test_group.py" <<'PY'
import os

import pytest


@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(6))
def test_of_a_group(number):
    with open(os.environ["WORKERS"], "a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\n")
PY
found=()
for version in 9.1.1 9.2.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install -q "pytest==$version" pytest-xdist==3.8.0
  (cd "$folder" && WORKERS="$folder/workers-$version" "$version/bin/pytest" -q -n 2 --dist loadgroup -p no:cacheprovider > /dev/null)
  found+=("$(sort -u "$folder/workers-$version" | wc -l)")
  echo "pytest $version, pytest-xdist 3.8.0: a group of six tests ran on ${found[-1]} of 2 workers"
done
[ "${found[*]}" = "1 2" ]
