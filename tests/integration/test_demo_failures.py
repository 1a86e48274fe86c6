"""The demo's refusals: one sentence that says what to do, an exit code, and nothing left running."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.datadir import MARKER, NEEDED, StateFile, check_space
from scripts.processes import StartError, explain, working_in
from scripts.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
BASH = shutil.which("bash") or "/bin/bash"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refused(data_dir, **settings):
    """Run the demo, which must refuse; return its one sentence."""
    given = {"DATA_DIR": str(data_dir), "PORT": str(free_port()), **settings}
    answer = subprocess.run(
        [sys.executable, "-m", "scripts.demo"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 1, answer.stderr
    assert answer.stderr.count("\n") == 1, answer.stderr
    assert "SIAP" not in answer.stdout
    if data_dir.is_dir():
        assert working_in(data_dir / "redis") == []
        assert working_in(data_dir / "postgres" / "pgdata") == []
    return answer.stderr


def test_a_taken_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert f"Porta {port} sudah dipakai" in refused(tmp_path, PORT=port)
        assert "Setel SIMULATOR_PORT" in refused(tmp_path, SIMULATOR_PORT=port)


def test_a_data_folder_that_is_a_file_or_below_one_is_refused(tmp_path):
    file = tmp_path / "data"
    file.write_text("bukan folder")

    assert f"DATA_DIR {file} adalah berkas" in refused(file)
    assert "adalah berkas" in refused(file / "dalam")
    assert file.read_text() == "bukan folder"


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "skripsi.txt").write_text("penting")

    assert "bukan folder data SatuAduan" in refused(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["skripsi.txt"]


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / MARKER).touch()
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        assert "sedang dipakai demo lain" in refused(tmp_path)


@pytest.mark.parametrize(
    ("section", "values", "sentence"),
    [
        ("postgres", {"version": 18, "password": "x"}, "secrets.json hilang"),
        ("keys", {"SECRET_KEY": "x"}, "pgdata hilang"),
    ],
)
def test_a_folder_with_a_part_missing_is_refused(tmp_path, section, values, sentence):
    (tmp_path / MARKER).touch()
    StateFile(tmp_path / "engines.json").remember("postgres", version=18, password="x")
    if section == "keys":
        StateFile(tmp_path / "secrets.json").remember(section, **values)

    assert sentence in refused(tmp_path)


def test_a_damaged_state_file_is_named(tmp_path):
    (tmp_path / MARKER).touch()
    (tmp_path / "engines.json").write_text("{")

    assert "engines.json rusak" in refused(tmp_path)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORT": "delapan"}, "PORT harus berupa angka"),
        ({"PORT": "70000"}, "PORT harus berupa angka"),
        ({"DATABASE_URL": "mysql://h/d"}, "DATABASE_URL bukan alamat PostgreSQL"),
        ({"DATABASE_OWNER_URL": "postgresql://h/d"}, "DATABASE_RELAY_URL bersama"),
        ({"REDIS_URL": "http://h"}, "REDIS_URL bukan alamat Redis"),
        ({"STORAGE_URL": "/srv"}, "STORAGE_URL bukan alamat penyimpanan"),
    ],
)  # fmt: skip
def test_a_malformed_setting_is_named_before_anything_is_made(tmp_path, settings, sentence):
    with pytest.raises(StartError, match=sentence):
        read_settings(tmp_path, settings)
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_server_is_named_without_its_password(tmp_path):
    port = free_port()

    database = refused(tmp_path, DATABASE_URL=f"postgresql://admin:rahasia@127.0.0.1:{port}/satuaduan")
    queue = refused(tmp_path, REDIS_URL=f"redis://:rahasia@127.0.0.1:{port}/0")

    for name, sentence in (("DATABASE_URL", database), ("REDIS_URL", queue)):
        assert f"{name} tidak dapat dipakai (127.0.0.1:{port}" in sentence
        assert "rahasia" not in sentence


def test_too_little_space_is_told_in_megabytes(tmp_path, monkeypatch):
    little = shutil.disk_usage(tmp_path)._replace(free=NEEDED - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: little)

    with pytest.raises(StartError, match="tinggal 299 MB, sedangkan demo perlu 300 MB"):
        check_space(tmp_path / "belum" / "ada")


def test_a_full_disk_is_recognised_in_a_programs_log(tmp_path):
    log = tmp_path / "postgres.log"
    log.write_text("FATAL:  could not write: No space left on device\nLOG:  database system is shut down\n")

    assert "ruang disk habis" in explain("postgres berhenti", log)


def shell(tmp_path, path):
    """Run the environment part of the commands in an empty folder with only `path` to find programs in."""
    answer = subprocess.run(
        [BASH, "-c", f"source {ROOT}/scripts/environment.sh; make_venv"],
        cwd=tmp_path,
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert not (tmp_path / ".venv").exists()
    return answer.stderr


def test_a_machine_without_a_new_enough_python_is_told_what_to_install(tmp_path):
    assert "Python 3.11 atau lebih baru tidak ditemukan" in shell(tmp_path, tmp_path)


def test_a_python_without_venv_is_told_what_to_install(tmp_path):
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n')
    python.chmod(0o755)

    assert "apt install python3-venv" in shell(tmp_path, tmp_path)
