"""Every route of the application with who may call it and where: the test's own list, written by hand.

A new route is added here first, with its access rule and with the foreign ids to try on it.
"""

from __future__ import annotations

from dataclasses import dataclass

_TABLE = """
# endpoint               methods    access rule        hosts                what it takes from the client
home                     GET        public             root,city,province   -
assets.file              GET        public             root,city,province   -
health.check             GET        public             root,city,province   -
tenants.root             GET        public             root                 q
tenants.theme            GET        public             city,province        theme
tenants.logo             GET        public             city,province        logo
officers.sign_in         GET,POST   public             city,province        next
officers.sign_out        POST       officer.sign_out   city,province        -
complaints.home          GET        public             city                 -
complaints.new           GET,POST   public             city                 body
complaints.receipt       GET        public             city                 number
complaints.help_page     GET        public             city                 -
complaints.privacy       GET        public             city                 -
complaints.track_lookup  GET,POST   public             city                 body,query
complaints.track         GET        public             city                 number
complaints.track_link    GET        public             city                 number,token
complaints.rate          POST       public             city                 number,body
complaints.reopen        POST       public             city                 number,body
complaints.provide_info  POST       public             city                 number,body
files.attachment         GET        public             city                 attachment_id
casework.inbox           GET        complaint.view     city                 query
casework.case            GET        complaint.view     city                 number,query
casework.act             POST       complaint.view     city                 number,slug,body
casework.contact         POST       complaint.view     city                 number
casework.mentions        GET        complaint.note     city                 -
casework.mentions_seen   POST       complaint.note     city                 body
casework.undo            POST       complaint.undo     city                 number,body
escalation.cases         GET        casework.escalated  city                query
escalation.ladder        GET,POST   casework.configure  city                body
trail.page               GET        audit.view         city                 query
trail.export             POST       audit.view         city                 body
units.queue              GET        complaint.view     city                 unit
units.recap              GET        complaint.view     city                 unit,query
units.recap_pdf          GET        complaint.view     city                 unit,query
papers.disposition       GET        complaint.view     city                 number
papers.disposition_pdf   GET        complaint.view     city                 number
delegation.list          GET        casework.delegate  city                 -
delegation.add           POST       casework.delegate  city                 body
delegation.end           POST       casework.delegate  city                 delegation_id
handling_settings.page   GET        casework.configure city                 -
handling_settings.save   POST       casework.configure city                 body
settings.index           GET        casework.configure city                 -
settings.calendar        GET,POST   casework.configure city                 body,query
settings.add_holiday     POST       casework.configure city                 body
settings.change_holiday  POST       casework.configure city                 body
settings.periods         GET,POST   casework.configure city                 body,query
messaging.link           GET        public             city                 secret
messaging.retry          POST       complaint.note     city                 number,notice_id
messaging_settings.page  GET,POST   casework.configure city                 body
messaging_settings.words GET,POST   casework.configure city                 slug,body
messaging_settings.wishes GET,POST  complaint.view     city                 body
sp4n.parity              GET        sp4n.view          city                 query
sp4n.settle              POST       sp4n.settle        city                 query,body
monitoring.home          GET        public             province             -
monitoring.dashboard     GET        figures.view       province             query
"""


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table."""

    endpoint: str
    methods: frozenset[str]
    access: str
    hosts: frozenset[str]
    takes: frozenset[str]

    @property
    def is_public(self) -> bool:
        return self.access == "public"


def _read(line: str) -> Route:
    endpoint, methods, access, hosts, takes = line.split()
    return Route(
        endpoint,
        frozenset(methods.split(",")),
        access,
        frozenset(hosts.split(",")),
        frozenset(takes.split(",")) - {"-"},
    )


ROUTES = {
    route.endpoint: route
    for route in map(_read, (line for line in _TABLE.splitlines() if line and not line.startswith("#")))
}
#: the arguments of paths and the marks above that stand for them
PATH_ARGUMENTS = {
    "number": "number",
    "token": "token",
    "slug": "slug",
    "attachment_id": "attachment_id",
    "delegation_id": "delegation_id",
    "notice_id": "notice_id",
    "secret": "secret",
    "digest": "theme or logo, or a static file's",
    "path": "a static file's",
}
