"""The supervisor: what dies comes back, and after the stop nothing lives."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.processes import Program, marked
from scripts.supervisor import LONGEST_DELAY, Child, pass_on

ROOT = Path(__file__).resolve().parents[2]

# Three programs: one that only waits, one with a child in a session of its own, one that dies at once.
SCENE = """
import sys
from pathlib import Path
from scripts.processes import Program
from scripts.supervisor import Stopped, Supervisor, heed_stop_signals, ignore_stop_signals

mark = {"SCENE": sys.argv[1]}

def python(name, code):
    return Program(name, [sys.executable, "-c", code], mark, Path("/"))

WAITING = "import time; print('hidup', flush=True); time.sleep(60)"
PARENT = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True);"
    "time.sleep(60)"
)
heed_stop_signals()
supervisor = Supervisor(Path(sys.argv[1]) / "log", lambda text: print(text, flush=True))
try:
    for name, code in (("first", WAITING), ("second", PARENT), ("third", "raise SystemExit(3)")):
        child = supervisor.launch(python(name, code))
        print(name, child.process.pid, flush=True)
    print("running", flush=True)
    supervisor.watch()
except Stopped:
    print("stopped", flush=True)
finally:
    ignore_stop_signals()
    supervisor.stop()
"""


@pytest.fixture
def scene(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", SCENE, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def read_until(process, word):
    lines: list[str] = []
    while not lines or word not in lines[-1]:
        line = process.stdout.readline()
        assert line, lines
        lines.append(line.strip())
    return lines


def await_true(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_leaves_nothing(scene, tmp_path, number):
    read_until(scene, "running")
    await_true(lambda: len(marked("SCENE", str(tmp_path))) >= 3)  # the grandchild is there, too

    scene.send_signal(number)
    scene.communicate(timeout=20)

    assert scene.returncode == 0
    assert marked("SCENE", str(tmp_path)) == []


def test_a_second_signal_does_not_interrupt_the_stop(scene, tmp_path):
    read_until(scene, "running")
    scene.send_signal(signal.SIGTERM)
    read_until(scene, "stopped")
    scene.send_signal(signal.SIGINT)

    scene.communicate(timeout=20)

    assert scene.returncode == 0
    assert marked("SCENE", str(tmp_path)) == []


def test_a_killed_program_comes_back(scene, tmp_path):
    pids = dict(line.split() for line in read_until(scene, "running")[:-1])
    log = tmp_path / "log" / "first.log"
    await_true(lambda: log.exists() and log.read_text().count("hidup") == 1)

    os.kill(int(pids["first"]), signal.SIGKILL)

    assert "first berhenti (kode -9), dimulai lagi dalam 0,5 detik" in read_until(scene, "first berhenti")[-1]
    await_true(lambda: log.read_text().count("hidup") == 2)


def test_a_program_that_keeps_dying_is_started_ever_more_rarely(scene):
    said = [read_until(scene, "third berhenti")[-1] for _ in range(3)]

    assert said == [
        f"third berhenti (kode 3), dimulai lagi dalam {delay} detik" for delay in ("0,5", "1,0", "2,0")
    ]


def test_programs_end_when_the_supervisor_is_killed(scene, tmp_path):
    pids = dict(line.split() for line in read_until(scene, "running")[:-1])
    scene.kill()

    await_true(lambda: not {int(pids["first"]), int(pids["second"])} & set(marked("SCENE", str(tmp_path))))
    for left in marked("SCENE", str(tmp_path)):  # the grandchild of a program that does not look after it
        os.kill(left, signal.SIGKILL)


def test_lines_are_passed_on_when_they_are_whole(tmp_path):
    log = tmp_path / "log"
    told: list[str] = []
    with log.open("w") as written, log.open() as output:
        for part, expected in (
            ("satu\ndu", ["satu"]),
            ("a\ntiga", ["satu", "dua"]),
            ("\n", ["satu", "dua", "tiga"]),
        ):
            written.write(part)
            written.flush()
            pass_on(output, told.append)
            assert told == expected


def test_the_delay_has_a_longest_value():
    waiting = Program("x", ["/x"], {}, ROOT)
    child = Child(waiting, process=None, started=0.0, delay=LONGEST_DELAY)

    child.postpone(now=100.0, delay=child.delay * 2)

    assert (child.delay, child.not_before) == (LONGEST_DELAY, 100.0 + LONGEST_DELAY)
