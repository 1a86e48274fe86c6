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


@pytest.mark.timeout(240)
def test_a_storm_over_five_cities_leaves_both_sides_alike(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.chaos", "--events", "300", "--tenants", "5", "--seed", "7"]
    given = {"PATH": os.environ["PATH"]} | {
        name: os.environ[name] for name in ("ENGINE_SOURCE", "HOME", "TMPDIR") if name in os.environ
    }
    done = subprocess.run(
        [*command, "--data-dir", str(tmp_path)],
        cwd=ROOT, env=given, capture_output=True, text=True, timeout=220, check=False,
    )  # fmt: skip
    told = {name: (int(looked_at), int(wrong)) for name, looked_at, wrong in LINE.findall(done.stdout)}
    assert done.returncode == 0, done.stdout + done.stderr
    assert {name: wrong for name, (_, wrong) in told.items()} == dict.fromkeys(
        (
            "exactly one national report for each of ours, and one of ours for each national one",
            "every answer there once and in order",
            "nothing waits, nothing is stopped",
            "both sides identical",
            "no credential in logs, queues and rows",
        ),
        0,
    )
    assert "'redis': 1" in done.stdout
    assert "'postgres': 1" in done.stdout
