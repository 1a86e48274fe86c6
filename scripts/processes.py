"""Child processes: how one is started, watched and ended, and who descends from whom.

Invariant: every child is in a process group of its own and ends when its parent ends, however that happens.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
LAUNCH = Path(__file__).with_name("launch.py")
LOG_LIMIT = 5 * 1024 * 1024  # bytes; a longer log is set aside at the next start of its program
DISK_FULL = "No space left on device"


class StartError(Exception):
    """Something could not be started; the text is one Indonesian sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Account:
    """An operating-system account that a root process drops to."""

    uid: int
    gid: int


def nothing() -> None:
    """Prepare nothing."""


def at_once() -> bool:
    """Be ready as soon as the process runs."""
    return True


@dataclass(frozen=True, slots=True)
class Program:
    """A long-running program.

    `argv[0]` is an absolute path. `prepare` runs before every start and may raise StartError; `is_ready`
    tells whether the program serves. `account` is None for the present account.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None
    prepare: Callable[[], None] = nothing
    is_ready: Callable[[], bool] = at_once


def wrapped(argv: Sequence[str], stop_signal: signal.Signals, account: Account | None) -> list[str]:
    """The command that executes `argv` through launch.py as a child of this process."""
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    launcher = [sys.executable, "-I", "-S", str(LAUNCH)]
    return [*launcher, str(os.getpid()), str(int(stop_signal)), str(uid), str(gid), *argv]


def spawn(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start the program with its output appended to `log`.

    Must be called from the main thread: the kernel ends the child with the *thread* that started it.
    """
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        return subprocess.Popen(
            wrapped(program.argv, program.stop_signal, program.account),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=program.cwd,
            env=dict(program.env),
            process_group=0,
        )


def wait_until_ready(program: Program, process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    """Return when the program serves; StartError when it ends or `seconds` pass first."""
    deadline = time.monotonic() + seconds
    while not program.is_ready():
        code = process.poll()
        if code is not None:
            raise StartError(explain(f"{program.name} berhenti saat dimulai (kode {code})", log))
        if time.monotonic() > deadline:
            raise StartError(explain(f"{program.name} belum siap setelah {seconds:.0f} detik", log))
        time.sleep(0.03)


def explain(what: str, log: Path) -> str:
    """One sentence: what happened, the reason the log gives last, and where to read on."""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 4096))
        lines = stream.read().decode(errors="replace").strip().splitlines()
    if any(DISK_FULL in line for line in lines):
        return f"{what}: ruang disk habis. Kosongkan ruang disk, lalu jalankan lagi."
    reason = lines[-1].strip() if lines else "tanpa keterangan"
    return f"{what}: {reason} (selengkapnya di {log})."


def end(process: subprocess.Popen[bytes], stop_signal: signal.Signals, grace: float) -> None:
    """Ask the process to stop and reap it; after `grace` seconds kill its whole group."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            kill_group(process.pid)
            process.wait()


def become_subreaper() -> bool:
    """Make orphaned descendants children of this process, so that none escapes; False where it cannot be."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def parents() -> dict[int, int]:
    """Parent of every living process, from /proc; empty where there is none. Zombies are left out."""
    found: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if fields[0] not in {"Z", "X"}:
            found[int(entry.name)] = int(fields[1])
    return found


def descendants(pid: int) -> list[int]:
    """Living descendants of `pid`, nearest first."""
    tree = parents()
    found: list[int] = []
    level = {pid}
    while level:
        level = {child for child, parent in tree.items() if parent in level}
        found.extend(sorted(level))
    return found


def working_in(directory: Path) -> list[int]:
    """Living processes whose working directory is `directory`: so a server left from before is known."""
    wanted = directory.resolve()
    found = []
    for pid in parents():
        try:
            if Path(f"/proc/{pid}/cwd").readlink() == wanted:
                found.append(pid)
        except OSError:  # ended meanwhile, or another account's
            continue
    return found


def marked(variable: str, value: str) -> list[int]:
    """Living processes that were started with this environment variable."""
    wanted = f"{variable}={value}".encode()
    found = []
    for pid in parents():
        try:
            if wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(pid)
        except OSError:  # ended meanwhile, or another account's
            continue
    return found


def kill_group(leader: int) -> None:
    """Kill what remains of the group that a child of ours led."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:  # nobody remained
        return


def signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to each process that still lives."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def clear(find: Callable[[], list[int]], first: signal.Signals, grace: float) -> None:
    """End whatever `find` finds: `first`, then SIGKILL after `grace` seconds; return when none is left."""
    signal_all(find(), first)
    deadline = time.monotonic() + grace
    while left := find():
        if time.monotonic() > deadline:
            signal_all(left, signal.SIGKILL)
        time.sleep(0.02)
