"""A seeded city's rows about the national side, and of settings and counts that no page's story writes."""

from __future__ import annotations

import uuid


def national_side(mark: str, case_id: uuid.UUID, number: str) -> None:
    """A row in every table of the connection (which is off), and a day off of the city's own."""
    from core import clock
    from core.db.transaction import unit_of_work
    from core.outbox.models import SKIPPED, OutboxMessage
    from sp4n.models import InboundMessage, Sp4nFollowUp, Sp4nLink, Sp4nMapping, Sp4nSettings
    from tenants.models import LocalHoliday

    now = clock.now()
    with unit_of_work() as session:
        session.add_all(
            [
                Sp4nSettings(
                    base_url=f"https://{mark.lower()}.example",
                    auth_secret=mark,
                    token_secret=mark,
                    institution_id=mark,
                ),
                Sp4nLink(complaint_id=case_id, external_id=number, status_raw=mark),
                Sp4nFollowUp(complaint_id=case_id, external_id=f"tl-{mark}"),
                InboundMessage(
                    external_id=f"report:{mark}",
                    kind="report",
                    report_id=number,
                    happened_at=now,
                    payload={"isi": mark},
                    state="ignored",
                ),
                Sp4nMapping(kind="category", local_key=mark, remote_id="1", remote_name=mark),
                OutboxMessage(
                    topic="uji", subject_id=case_id, dedupe_key=mark, payload={"isi": mark}, state=SKIPPED
                ),
                LocalHoliday(on=now.date().replace(year=2030), name=f"Hari jadi {mark}"),
            ]
        )


def settled(mark: str, case_id: uuid.UUID) -> None:
    """How the two sides compare, the national lists, the city's rules, a calendar counted anew."""
    from complaints.models import CaseworkSettings, Recount
    from core import clock
    from core.db.transaction import unit_of_work
    from sp4n.models import Sp4nInstitution, Sp4nTemplate
    from sp4n.parity.models import Parity, ParityDay
    from sp4n.tasks.models import SKIPPED, Sp4nTask

    now = clock.now()
    counts = dict.fromkeys(
        ("identical", "different", "only_here", "only_there", "unknown", "ignored", "not_compared"), 0
    )
    difference = {"aspect": "title", "kind": "differs", "here": mark, "there": mark, "ref": ""}
    with unit_of_work() as session:
        session.add_all(
            [
                Parity(
                    complaint_id=case_id,
                    state="different",
                    compared_at=now,
                    since=now,
                    differences=[difference],
                    ignored=[],
                    not_told=[],
                ),
                ParityDay(day=now.date(), **counts | {"different": 1}),
                Sp4nInstitution(number=151, name=f"Instansi {mark}", seen_at=now),
                Sp4nTask(
                    kind="message",
                    ref_id=uuid.uuid4(),
                    complaint_id=case_id,
                    cause=mark,
                    state=SKIPPED,
                    ended_at=now,
                    ended_by=mark,
                    reason=mark,
                ),
                Sp4nTemplate(code=mark, content=mark, seen_at=now),
                CaseworkSettings(needs_approval=False, reopen_working_days=10, most_reopenings=2),
                Recount(causes=[mark], moved=0, finished_at=now),
            ]
        )


def read_in(mark: str) -> uuid.UUID:
    """An export that was read in, with a row. Returns its id."""
    from core import clock
    from core.db.transaction import unit_of_work
    from sp4n.excel.models import CANCELLED, Sp4nImport, Sp4nImportRow

    import_id = uuid.uuid4()
    with unit_of_work() as session:
        session.add(
            Sp4nImport(
                id=import_id,
                name=f"{mark}.xlsx",
                sha256=mark,
                size=1,
                state=CANCELLED,
                created_by=mark,
                finished_at=clock.now(),
            )
        )
        session.flush()
        session.add(
            Sp4nImportRow(
                import_id=import_id,
                position=6,
                external_id=mark,
                title=mark,
                kind="unreadable",
                reason=mark,
                state="finished",
            )
        )
    return import_id
