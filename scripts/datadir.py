"""The data folder: is it ours, whole, writable and large enough; who holds it; what is remembered in it.

Invariant: one demo at a time holds a folder, and files with secrets are readable by their owner only.
"""

import errno
import fcntl
import json
import os
import random
import shutil
import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.processes import StartError

MARKER = ".satuaduan"
NEEDED = 300 * 1024 * 1024  # bytes free at the start
PORTS = range(20_000, 32_000)  # below the range the system takes outgoing connections from


class DataDir:
    """A folder held by this process from `with` to its end.

    `crashed` tells whether the holder before did not leave in order.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.crashed = False
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self._open()
        except OSError as error:
            raise StartError(self._refusal(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._lock, 0)
        os.close(self._lock)

    def _open(self) -> None:
        check_space(self.path)
        # Other accounts may pass through (PostgreSQL runs as one when this is root) but not look inside.
        self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        marker = self.path / MARKER
        if not marker.exists():
            others = {entry.name for entry in self.path.iterdir()} - {"lost+found"}
            if others:
                raise StartError(
                    f"Folder {self.path} berisi berkas lain dan bukan folder data SatuAduan. "
                    "Pilih folder kosong lewat DATA_DIR."
                )
            marker.write_text("1\n")
        with tempfile.TemporaryFile(dir=self.path):
            pass  # a folder that cannot be written must show it before anything is started
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise StartError(
                f"Folder data {self.path} sedang dipakai demo lain. Hentikan demo itu atau setel DATA_DIR."
            ) from None
        self.crashed = bool(os.read(self._lock, 1))
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def _refusal(self, error: OSError) -> str:
        if isinstance(error, FileExistsError | NotADirectoryError):
            return f"DATA_DIR {self.path} adalah berkas, bukan folder. Setel DATA_DIR ke sebuah folder."
        if error.errno == errno.ENOSPC:
            return disk_full(self.path)
        return (
            f"Folder data {self.path} tidak dapat ditulis ({error.strerror}). Setel DATA_DIR ke folder lain."
        )


def disk_full(path: Path) -> str:
    return f"Ruang disk untuk {path} habis. Kosongkan ruang disk, lalu jalankan lagi."


def check_space(path: Path) -> None:
    """StartError unless the file system that holds (or will hold) `path` has NEEDED bytes free."""
    existing = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < NEEDED:
        raise StartError(
            f"Ruang disk untuk {path} tinggal {free // 1024**2} MB, "
            f"sedangkan demo perlu {NEEDED // 1024**2} MB."
        )


Section = dict[str, str | int]


class StateFile:
    """A JSON object of sections, each a flat object; written whole, mode 600."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def section(self, name: str) -> Section:
        """What is remembered under `name`; empty when nothing is. StartError when the file is damaged."""
        return dict(self._read().get(name, {}))

    def remember(self, name: str, **values: str | int) -> None:
        content = self._read()
        self._write(content | {name: {**content.get(name, {}), **values}})

    def forget(self, name: str) -> None:
        self._write({key: part for key, part in self._read().items() if key != name})

    def _write(self, content: dict[str, Section]) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent)  # mode 600
        with os.fdopen(descriptor, "w") as stream:
            json.dump(content, stream, indent=2)
        Path(temporary).replace(self.path)

    def _read(self) -> dict[str, Section]:
        if not self.path.exists():
            return {}
        try:
            content = json.loads(self.path.read_text())
        except ValueError:
            content = None
        if not isinstance(content, dict) or not all(isinstance(part, dict) for part in content.values()):
            raise StartError(
                f"Berkas {self.path} rusak. Pulihkan dari cadangan, atau hapus folder {self.path.parent} "
                "untuk memulai dari awal."
            )
        return content


def is_free(port: int) -> bool:
    """Whether a server may listen on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """`preferred` when it is free, otherwise any free loopback port."""
    if preferred and is_free(preferred):
        return preferred
    choice = random.SystemRandom()
    while not is_free(port := choice.choice(PORTS)):
        pass
    return port
