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
officers.sign_in         GET,POST   public             city,province        next,unsent
officers.sign_out        POST       officer.sign_out   city,province        -
complaints.home          GET        public             city                 -
complaints.new           GET,POST   public             city                 body
complaints.receipt       GET        public             city                 number
complaints.help_page     GET        public             city                 -
complaints.privacy       GET        public             city                 -
complaints.track_lookup  GET,POST   public             city,province        body,query
complaints.track         GET        public             city,province        number
complaints.track_link    GET        public             city,province        number,token
complaints.rate          POST       public             city,province        number,body
complaints.reopen        POST       public             city,province        number,body
complaints.provide_info  POST       public             city,province        number,body
files.attachment         GET        public             city,province        attachment_id
casework.inbox           GET        complaint.view     city,province        query
casework.case            GET        complaint.view     city,province        number,query
casework.act             POST       complaint.view     city,province        number,slug,body
casework.contact         POST       complaint.view     city,province        number
casework.print           GET        complaint.view     city,province        number
casework.mentions        GET        complaint.note     city,province        -
casework.mentions_seen   POST       complaint.note     city,province        body
casework.undo            POST       complaint.undo     city,province        number,body
casework.bulk            POST       complaint.view     city,province        body
casework.bulk_undo       POST       complaint.undo     city,province        body
casework.following       GET        complaint.view     city,province        query
casework.saved_filters   GET        complaint.view     city,province        -
casework.save_filter     POST       complaint.view     city,province        body
casework.change_filter   POST       complaint.view     city,province        filter_id,body
casework.remove_filter   POST       complaint.view     city,province        filter_id
casework.profile         GET        complaint.view     city,province        -
casework.save_profile    POST       complaint.view     city,province        -
escalation.cases         GET        casework.escalated  city,province       query
escalation.ladder        GET,POST   casework.configure  city,province       body
trail.page               GET        audit.view         city,province        query
trail.export             POST       audit.view         city,province        body
units.queue              GET        complaint.view     city,province        unit
units.recap              GET        complaint.view     city,province        unit,query
units.recap_pdf          GET        complaint.view     city,province        unit,query
papers.disposition       GET        complaint.view     city,province        number
papers.disposition_pdf   GET        complaint.view     city,province        number
delegation.list          GET        casework.delegate  city,province        -
delegation.add           POST       casework.delegate  city,province        body
delegation.end           POST       casework.delegate  city,province        delegation_id
handling_settings.page   GET        casework.configure city,province        -
handling_settings.save   POST       casework.configure city,province        body
settings.index           GET        casework.configure city,province        -
settings.calendar        GET,POST   casework.configure city,province        body,query
settings.add_holiday     POST       casework.configure city,province        body
settings.change_holiday  POST       casework.configure city,province        body
settings.categories      GET,POST   casework.configure city,province        body,query
settings.templates       GET,POST   casework.configure city,province        body,query
settings.periods         GET,POST   casework.configure city,province        body,query
messaging.link           GET        public             city,province        secret
messaging.retry          POST       complaint.note     city,province        number,notice_id
messaging_settings.page  GET,POST   casework.configure city,province        body
messaging_settings.words GET,POST   casework.configure city,province        slug,body
messaging_settings.wishes GET,POST  complaint.view     city,province        body
sp4n.parity              GET        sp4n.view          city                 query
sp4n.connection          GET        sp4n.configure    city                 -
sp4n.save_connection     POST       sp4n.configure    city                 body
sp4n.try_connection      POST       sp4n.configure    city                 -
sp4n.mapping             GET        sp4n.configure    city                 -
sp4n.save_mapping        POST       sp4n.configure    city                 body
sp4n.sync_masters        POST       sp4n.configure    city                 -
sp4n.preview             GET        sp4n.settle       city                 query
sp4n.callback            GET        sp4n.configure    city                 -
sp4n.set_callback        POST       sp4n.configure    city                 -
sp4n_calls.take          POST       public            city                 -
sp4n.link                GET        sp4n.settle       city                 number
sp4n.make_link           POST       sp4n.settle       city                 number,body
sp4n.unlink              POST       sp4n.settle       city                 number,body
sp4n.imports             GET        sp4n.settle       city                 -
sp4n.start_import        POST       sp4n.settle       city                 -
sp4n.import              GET        sp4n.settle       city                 import_id,query
sp4n.approve_import      POST       sp4n.settle       city                 import_id
sp4n.cancel_import       POST       sp4n.settle       city                 import_id
sp4n.tasks               GET        sp4n.view          city                 query
sp4n.handle_tasks        POST       sp4n.settle        city                 query,body
sp4n.settle              POST       sp4n.settle        city                 query,body
operating.sign_in        GET,POST   public            root                 -
operating.sign_out       POST       operator          root                 -
operating.home           GET        operator          root                 query
operating.message        GET        operator          root                 slug,message_id
operating.retry          POST       operator          root                 slug,message_id
operating.skip           POST       operator          root                 slug,message_id,body
operating.retry_job      POST       operator          root                 job_id
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
    "filter_id": "filter_id",
    "import_id": "import_id",
    "notice_id": "notice_id",
    "message_id": "message_id",
    "job_id": "job_id",
    "secret": "secret",
    "digest": "theme or logo, or a static file's",
    "path": "a static file's",
}
