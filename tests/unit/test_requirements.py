"""The pinned dependencies: the suite tests what the product installs, and nothing names a registry."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text()))


def test_the_suite_runs_on_the_versions_that_are_installed():
    product, suite = pins("requirements.txt"), pins("requirements-dev.txt")

    assert len(product) > 20
    assert {name: suite.get(name) for name in product} == product


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_address(name):
    text = (ROOT / name).read_text()

    for block in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block, block
    assert "://" not in text


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_says_what_it_is_for(name):
    lines = [line for line in (ROOT / name).read_text().splitlines() if re.match(r"[a-z]", line)]

    assert lines
    assert [line for line in lines if not re.search(r"  # \w+", line)] == []
