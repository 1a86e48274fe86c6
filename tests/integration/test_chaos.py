"""A small storm: five cities, failing calls, killed programs; then everything is there, once and in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^\| ([a-z][^|]+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


@pytest.mark.timeout(600)
def test_a_storm_over_five_cities_leaves_both_sides_alike(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.chaos", "--events", "300", "--tenants", "5", "--seed", "7"]
    given = {"PATH": os.environ["PATH"]} | {
        name: os.environ[name] for name in ("ENGINE_SOURCE", "HOME", "TMPDIR") if name in os.environ
    }
    done = subprocess.run(
        [*command, "--data-dir", str(tmp_path)],
        cwd=ROOT, env=given, capture_output=True, text=True, timeout=560, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = {name: (int(first), int(second)) for name, first, second in LINE.findall(done.stdout)}
    for name in (
        "a storm it was",
        "exactly one national report for each of ours, and one of ours for each national one",
        "every public act there as an answer, once and in order, and nothing else",
        "every report that is not ours handed on, once",
        "nothing waits, nothing is stopped, nothing needs a person",
        "both sides identical",
        "no credential in logs, queues and rows",
    ):
        looked_at, wrong = told[name]
        assert (looked_at > 0, wrong) == (True, 0), done.stdout
    for program in ("worker", "redis", "postgres"):
        times, _in_hand = told[program]
        assert times >= 1
