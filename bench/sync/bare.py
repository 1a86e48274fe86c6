"""What ours is measured against: a plain RQ worker whose jobs make the same call, with no outbox.

`python -m bench.sync.bare REDIS_URL Worker` works until the queue is empty; `SimpleWorker` forks for no job.
"""

from __future__ import annotations

import sys
from datetime import date

from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer

from core.http import OutboundClient
from sp4n.client import Sp4nClient
from sp4n.contract import CreateComplaint, NewUser

FORKING, SIMPLE = Worker.__name__, SimpleWorker.__name__
QUEUE = "bench.bare"
JOB = "bench.sync.bare.file"
_http = OutboundClient(allow_loopback=True)  # once, before any fork


def queue(redis: Redis) -> Queue:
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)


def file(base_url: str, secret: str, token: str, institution_id: int, number: int) -> None:
    """One report, as ours are in form and length."""
    client = Sp4nClient(base_url, "Authorization", secret, token, _http)
    client.create(
        CreateComplaint(
            title=f"Jalan berlubang nomor {number}",
            content=f"Lubang besar ke-{number} di depan sekolah dasar, sudah dua minggu dan membahayakan.",
            reporter=NewUser("Asep Sunandar", "asep@example.go.id", "081200001234"),
            channel=12, classification_id=6, category_id=400, location_id=1, disposition_id=institution_id,
            tags=(f"#POLOS-{number}",), incident_on=date(2026, 3, 2),
        )
    )  # fmt: skip


if __name__ == "__main__":
    connection = Redis.from_url(sys.argv[1])
    kind = SimpleWorker if sys.argv[2] == SIMPLE else Worker
    worker = kind([queue(connection)], connection=connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="WARNING")
