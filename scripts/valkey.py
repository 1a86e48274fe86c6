"""An embedded server of the Redis protocol: append-only file, loopback address, password."""

import secrets
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from scripts.binaries import Source, redis_program
from scripts.datadir import StateFile, free_port
from scripts.processes import Program, clear, working_in


@dataclass(frozen=True, slots=True)
class Valkey:
    """A prepared server; `url` is for redis-py's `from_url`."""

    port: int
    url: str
    program: Program


def prepare_valkey(data_dir: Path, state: StateFile, *, source: Source = "any") -> Valkey:
    """A server over the data in `data_dir`/redis, made when there is none. Starts nothing."""
    memory = state.section("redis")
    folder = data_dir.absolute() / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    password = str(memory.get("password") or secrets.token_urlsafe(24))
    port = free_port(int(memory.get("port", 0)) or None)
    state.remember("redis", password=password, port=port)
    settings = folder / "valkey.conf"  # a file, because every account can read a command line
    settings.touch(mode=0o600)
    settings.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{folder}"\n'
        'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n'
    )
    program = Program(
        name="redis",
        argv=[str(redis_program(source)), str(settings)],
        env={"PATH": "/usr/bin:/bin", "TZ": "UTC"},
        cwd=folder,
        prepare=lambda: clear(lambda: working_in(folder), signal.SIGTERM, grace=5.0),
        is_ready=lambda: answers(port, password),
    )
    return Valkey(port, f"redis://:{password}@127.0.0.1:{port}/0", program)


def answers(port: int, password: str) -> bool:
    """Whether the server has loaded its data and takes commands."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(1024)):
                answer += part
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
