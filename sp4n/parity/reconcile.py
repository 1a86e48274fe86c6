"""When reports are compared: whenever one is read, and at night all of the last twelve months.

Nothing is read twice for it: the poll hands over what it has just read.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from complaints.events import SidesCompared
from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.ids import uuid7
from sp4n import settings
from sp4n.applying import state_of
from sp4n.contract import RemoteComplaint, RemoteFollowup
from sp4n.models import OFF, Sp4nLink, Sp4nSettings
from sp4n.parity import store
from sp4n.parity.compare import compare
from sp4n.parity.facts import local_side
from sp4n.parity.models import STATES, ParityDay
from sp4n.settings import Connection

RECONCILE = "sp4n.reconcile"
DUE_SQL = "SELECT tenant_id FROM sp4n_settings WHERE next_reconcile_at <= now() AND mode <> 'off'"
#: the states a day is counted by
COUNTED = (*STATES, "only_there", "not_compared")
#: local time at which the night's comparison begins
NIGHT = time(1, 30)

# A report nobody has linked and nobody is about to send stands on this side only.
_ONLY_HERE = text("""
INSERT INTO sp4n_parity
  (tenant_id, id, complaint_id, state, compared_at, since, differences, ignored, not_told)
SELECT c.tenant_id, gen_random_uuid(), c.id, 'only_here', :now, :now, '[]', '[]', '[]'
FROM complaint c
WHERE c.received_at >= :since
  AND NOT EXISTS (SELECT 1 FROM sp4n_link l WHERE l.tenant_id = c.tenant_id AND l.complaint_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM outbox_message m WHERE m.tenant_id = c.tenant_id AND m.subject_id = c.id
                  AND m.state = 'pending' AND m.topic = 'sp4n.create')
ON CONFLICT (tenant_id, complaint_id) DO UPDATE SET compared_at = EXCLUDED.compared_at,
  state = 'only_here', since = CASE WHEN sp4n_parity.state = 'only_here' THEN sp4n_parity.since ELSE :now END
""")
_READ_AGAIN = text("""
UPDATE sp4n_link l SET next_check_at = :now
FROM complaint c
WHERE c.tenant_id = l.tenant_id AND c.id = l.complaint_id AND c.received_at >= :since
  AND (l.next_check_at IS NULL OR l.next_check_at > :now)
""")


def compare_read(
    session: Session, connection: Connection, detail: RemoteComplaint, thread: list[RemoteFollowup]
) -> str | None:
    """Compare the linked case with what was just read, in the present transaction. Returns the state."""
    link = session.scalars(
        select(Sp4nLink)
        .where(Sp4nLink.external_id == detail.external_id)
        .execution_options(populate_existing=True)
    ).first()
    if link is None:
        return None
    label = detail.status_name or detail.status_code
    state = state_of(session, label) if label else None
    found = compare(local_side(session, link, connection), detail, thread, state)
    return store.keep(session, link.complaint_id, found)


def start_night() -> int:
    """The night's work of the bound city: count the day, and let the polls read everything again.

    Returns how many reports will be read.
    """
    connection = settings.load()
    if connection is None or connection.mode == OFF:
        return 0
    with unit_of_work() as session:
        now = clock.now()
        since = now - store.REACH
        session.execute(_ONLY_HERE, {"now": now, "since": since})
        tell(session, connection)
        marked = session.connection().execute(_READ_AGAIN, {"now": now, "since": since}).rowcount
        session.execute(
            update(Sp4nSettings)
            .where(Sp4nSettings.tenant_id == bound_tenant_id())
            .values(next_reconcile_at=next_night(now, connection), next_poll_at=now)
            .execution_options(synchronize_session=False)
        )
        return marked


def next_night(now: datetime, connection: Connection) -> datetime:
    """The next night's start, a little apart for each city so that not all begin at once."""
    local = now.astimezone(connection.zone)
    spread = timedelta(seconds=(bound_tenant_id() * 37) % 7200)
    start = datetime.combine(local.date(), NIGHT, connection.zone) + spread
    return start if start > now else start + timedelta(days=1)


def tell(session: Session, connection: Connection) -> None:
    """Keep the counts as they stand under today's local date, and tell whoever adds them up."""
    last = session.scalars(select(ParityDay).order_by(ParityDay.day.desc()).limit(1)).first()
    before = {} if last is None else {name: getattr(last, name) for name in COUNTED}
    found = store.summary(session)
    after = {**found.counts, "only_there": found.only_there, "not_compared": found.not_compared}
    day = clock.now().astimezone(connection.zone).date()
    if before == after and last is not None and last.day == day:
        return
    statement = insert(ParityDay).values(tenant_id=bound_tenant_id(), id=uuid7(), day=day, **after)
    session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "day"], set_=after))
    events.publish(SidesCompared(before, after))
