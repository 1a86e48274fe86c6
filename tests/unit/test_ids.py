"""UUID version 7: layout, order and what happens to it at a fork."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from core import clock, ids


@pytest.fixture(autouse=True)
def fresh_sequence() -> None:
    ids._sequence.reset()


def test_layout_is_that_of_rfc_9562() -> None:
    identifier = ids.uuid7()
    assert identifier.version == 7
    assert identifier.variant == uuid.RFC_4122


def test_carries_the_millisecond_of_its_making() -> None:
    at = datetime(2026, 11, 24, 3, 20, 15, 678_900, tzinfo=UTC)
    with clock.frozen(at):
        identifier = ids.uuid7()
    assert ids.created_at(identifier) == at.replace(microsecond=678_000)


def test_the_example_of_the_rfc_has_its_time() -> None:
    example = uuid.UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert ids.created_at(example) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_another_version_has_no_time() -> None:
    with pytest.raises(ValueError, match="version 4"):
        ids.created_at(uuid.uuid4())


def test_rises_within_one_millisecond() -> None:
    with clock.frozen(datetime(2026, 11, 24, tzinfo=UTC)):
        made = [ids.uuid7() for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_rises_when_the_clock_steps_back() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    with clock.frozen(at):
        first = ids.uuid7()
    with clock.frozen(at - timedelta(hours=1)):
        second = ids.uuid7()
    assert second > first


def test_a_full_counter_moves_into_the_next_millisecond() -> None:
    sequence = ids._Sequence()
    before = sequence.next(1000)
    sequence._counter = (1 << 42) - 1
    after = sequence.next(1000)
    assert after[0] == 1001
    assert after > before
    assert after[1] < 1 << 41


def test_threads_never_share_an_id() -> None:
    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda _: [ids.uuid7() for _ in range(500)], range(8)))
    made = [identifier for batch in batches for identifier in batch]
    assert len(set(made)) == len(made)
    assert all(batch == sorted(batch) for batch in batches)


def test_a_forked_child_starts_its_own_counter() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    reader, writer = os.pipe()
    with clock.frozen(at):
        first = ids.uuid7()
        child = os.fork()
        if child == 0:
            try:
                os.write(writer, ids.uuid7().bytes)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        of_child, of_parent = uuid.UUID(bytes=os.read(reader, 16)), ids.uuid7()
    os.close(reader)
    os.close(writer)
    counter = [(each.int >> 32) & 0x3FFF_FFFF for each in (first, of_parent, of_child)]
    assert counter[1] == (counter[0] + 1) & 0x3FFF_FFFF
    assert counter[2] != counter[1]
