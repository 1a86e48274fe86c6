"""The national API's shapes: what we write, exactly; what we read, tolerantly. Pure: no web, no database.

The official reference is not public. Names and values follow public clients of API v3; `parse_incoming` reads
a list whose endpoint is our assumption. Parsers raise ContractError, and nothing else, for an unusable shape.
"""

from sp4n.contract.dates import (
    WIB,
    parse_date,
    parse_instant,
    write_instant,
)
from sp4n.contract.outgoing import (
    AddFollowup,
    CreateComplaint,
    KnownUser,
    NewUser,
    OutgoingCall,
    UploadFile,
    forward_call,
    forward_payload,
    upload_call,
)
from sp4n.contract.parsing import (
    check_done,
    message_of,
    parse_added_followup,
    parse_created,
    parse_detail,
    parse_followups,
    parse_incoming,
    parse_institutions,
    parse_templates,
    parse_uploaded,
    refusal,
)
from sp4n.contract.reading import (
    ContractError,
    identifier,
    parse_json,
)
from sp4n.contract.remote import (
    Institution,
    Moment,
    Page,
    RemoteAttachment,
    RemoteComplaint,
    RemoteFollowup,
    RemoteLog,
    RemoteReporter,
    ReplyTemplate,
    StatusNote,
)

__all__ = [
    "WIB",
    "AddFollowup",
    "ContractError",
    "CreateComplaint",
    "Institution",
    "KnownUser",
    "Moment",
    "NewUser",
    "OutgoingCall",
    "Page",
    "RemoteAttachment",
    "RemoteComplaint",
    "RemoteFollowup",
    "RemoteLog",
    "RemoteReporter",
    "ReplyTemplate",
    "StatusNote",
    "UploadFile",
    "check_done",
    "forward_call",
    "forward_payload",
    "identifier",
    "message_of",
    "parse_added_followup",
    "parse_created",
    "parse_date",
    "parse_detail",
    "parse_followups",
    "parse_incoming",
    "parse_instant",
    "parse_institutions",
    "parse_json",
    "parse_templates",
    "parse_uploaded",
    "refusal",
    "upload_call",
    "write_instant",
]
