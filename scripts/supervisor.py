"""Keeps a set of programs running: in order, restarted when they die, stopped in reverse with nothing left.

Invariant: after `stop` no descendant of this process lives. One thread only (see processes.spawn).
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from scripts.processes import (
    Program,
    StartError,
    become_subreaper,
    clear,
    descendants,
    end,
    explain,
    kill_group,
    spawn,
    wait_until_ready,
)

FIRST_DELAY = 0.5  # seconds before a restart
LONGEST_DELAY = 10.0
SETTLED = 30.0  # a program that ran this long starts again without the delays of before
ALMOST_NOTHING = 20 * 1024 * 1024  # bytes; PostgreSQL stops for want of the next 16 MB of its log
ROUND = 0.2  # seconds between two looks
SHORT_ROUND = 0.05  # the same while somebody waits
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def in_seconds(value: float) -> str:
    return f"{value:.1f} detik".replace(".", ",")


class Stopped(BaseException):
    """A signal asked this process to stop; no Exception, so that nobody takes it for a fault."""


def heed_stop_signals() -> None:
    """From now on the first stop signal raises Stopped in the main thread; later ones are ignored.

    A background shell's ignored SIGINT is overruled; a SIGHUP that nohup ignores stays ignored.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        ignore_stop_signals()
        raise Stopped

    for each in STOP_SIGNALS:
        if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, stop)


def ignore_stop_signals() -> None:
    """Let the clearing up that has begun come to its end."""
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)


def pass_on(output: TextIO, tell: Callable[[str], None] | None) -> None:
    """Give `tell` the whole lines that were written since the last time."""
    while tell:
        place = output.tell()
        line = output.readline()
        if not line.endswith("\n"):
            output.seek(place)
            return
        tell(line.rstrip())


@dataclass(slots=True)
class Child:
    """A program under supervision; `process` is None between its death and its restart."""

    program: Program
    process: subprocess.Popen[bytes] | None
    started: float
    delay: float = 0.0
    not_before: float = 0.0

    def postpone(self, now: float, delay: float) -> None:
        """Let the program rest for `delay` seconds, within the bounds."""
        self.process = None
        self.delay = min(max(delay, FIRST_DELAY), LONGEST_DELAY)
        self.not_before = now + self.delay


class Supervisor:
    """Starts, watches and stops programs; each one's output goes to `log_dir`/<name>.log."""

    def __init__(self, log_dir: Path, say: Callable[[str], None], grace: float = 8.0) -> None:
        self.log_dir = log_dir
        self.say = say
        self.grace = grace
        self.children: list[Child] = []
        log_dir.mkdir(mode=0o700, exist_ok=True)
        self._adopts = become_subreaper()

    def log_of(self, name: str) -> Path:
        return self.log_dir / f"{name}.log"

    def start(self, program: Program, seconds: float = 60.0) -> None:
        """Start the program and return when it serves. StartError when it does not."""
        child = self.launch(program)
        assert child.process is not None
        wait_until_ready(program, child.process, self.log_of(program.name), seconds)

    def launch(self, program: Program) -> Child:
        """Start the program without waiting for it."""
        program.prepare()
        child = Child(program, spawn(program, self.log_of(program.name)), time.monotonic())
        self.children.append(child)
        return child

    def run(self, program: Program, seconds: float, tell: Callable[[str], None] | None = None) -> None:
        """Run a program that ends by itself, passing its lines on to `tell` as they come.

        StartError when it fails or takes longer than `seconds`.
        """
        log = self.log_of(program.name)
        log.unlink(missing_ok=True)  # of interest is the last run
        process = spawn(program, log)
        deadline = time.monotonic() + seconds
        try:
            with log.open(errors="replace") as output:
                while process.poll() is None and time.monotonic() < deadline:
                    time.sleep(SHORT_ROUND)
                    pass_on(output, tell)
                pass_on(output, tell)
            code = process.poll()
        finally:
            end(process, program.stop_signal, self.grace)
        if code is None:
            raise StartError(explain(f"{program.name} tidak selesai dalam {seconds:.0f} detik", log))
        if code != 0:
            raise StartError(explain(f"{program.name} gagal (kode {code})", log))

    def watch(self) -> None:
        """Restart whatever dies, until Stopped is raised."""
        while True:
            self.look()
            time.sleep(ROUND)

    def look(self) -> None:
        """One round: bury the dead, restart those whose time has come."""
        if self._adopts:
            self._bury_orphans()
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._note_death(child, now)
            elif child.process is None and now >= child.not_before:
                self._restart(child, now)

    def _note_death(self, child: Child, now: float) -> None:
        assert child.process is not None
        code = child.process.returncode
        kill_group(child.process.pid)  # a server's own workers outlive it and would keep its port
        settled = now - child.started > SETTLED
        child.postpone(now, FIRST_DELAY if settled else child.delay * 2)
        full = shutil.disk_usage(self.log_dir).free < ALMOST_NOTHING
        reason = ", ruang disk habis" if full else ""
        pause = in_seconds(child.delay)
        self.say(f"{child.program.name} berhenti (kode {code}{reason}), dimulai lagi dalam {pause}")

    def _restart(self, child: Child, now: float) -> None:
        try:
            child.program.prepare()
            child.process = spawn(child.program, self.log_of(child.program.name))
        except (StartError, OSError) as error:
            child.postpone(now, child.delay * 2)
            self.say(f"{child.program.name} belum dapat dimulai lagi: {error}")
        else:
            child.started = now

    def _bury_orphans(self) -> None:
        """Reap adopted processes; our own children are left to their Popen."""
        ours = {child.process.pid: child.process for child in self.children if child.process is not None}
        while True:
            try:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if dead is None:
                return
            if dead.si_pid in ours:
                ours[dead.si_pid].poll()
            else:
                os.waitpid(dead.si_pid, os.WNOHANG)

    def stop(self) -> None:
        """Stop the programs in reverse order, then everything they left."""
        for child in reversed(self.children):
            if child.process is not None:
                end(child.process, child.program.stop_signal, self.grace)
        self.children.clear()
        clear(lambda: descendants(os.getpid()), signal.SIGTERM, grace=2.0)
        if self._adopts:
            self._bury_orphans()
