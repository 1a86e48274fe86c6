"""Becomes another program that ends with the process that started it.

Run as `python -I -S launch.py PARENT SIGNAL UID GID COMMAND…`: drops to the account (UID -1 keeps the present
one), asks the kernel for SIGNAL when the parent dies, then executes. A program of its own, because code
between fork and exec is not safe in a process with threads, as a test run is. Standard library only.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def drop_to(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def end_with_parent(parent: int, number: int) -> None:
    """Ask for signal `number` at the parent's death; where there is no prctl the next start clears up."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew whom to tell
        sys.exit(1)


def main(arguments: list[str]) -> None:
    parent, number, uid, gid = (int(value) for value in arguments[:4])
    command = arguments[4:]
    os.umask(0o077)
    if uid >= 0:
        drop_to(uid, gid)
    end_with_parent(parent, number)  # after the change of account, which clears the request
    # What Python and a background shell ignore would stay ignored in the program.
    for name in (
        signal.SIGPIPE,
        signal.SIGXFSZ,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGHUP,
        signal.SIGTERM,
    ):
        signal.signal(name, signal.SIG_DFL)
    try:
        os.execv(command[0], command)  # noqa: S606 (this file's purpose; no shell is meant)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
