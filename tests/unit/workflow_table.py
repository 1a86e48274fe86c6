"""What the case may go through, written down by hand from the rules, independently of the code.

One row an act, from where to where, with what the act needs said; and one row a role. The tests hold the
code's own tables to these.
"""

from __future__ import annotations

ACTS = """
# act                 from                                                   to            needs
verify                received deferred                                      verified      classification
recategorise          received verified assigned in_progress proposed        =             category_id
recategorise          reporter_replied reopened                              =             category_id
mark_confidential     received deferred verified assigned in_progress        =             -
mark_confidential     proposed responded reporter_replied reopened           =             -
assign                verified assigned in_progress reporter_replied reopened  assigned      department_id
accept                assigned reopened                                      =             -
hand_over             assigned in_progress proposed reporter_replied reopened  =             handler_id
return                assigned in_progress proposed reporter_replied reopened  verified      reason
follow_up             assigned in_progress reporter_replied reopened         in_progress   text
follow_up             responded                                              responded     text
propose               assigned in_progress reporter_replied reopened         proposed      text
approve               proposed                                               responded     text
send_back             proposed                                               in_progress   reason
respond               verified assigned in_progress responded                responded     text
respond               reporter_replied reopened                              responded     text
close                 responded reporter_replied reopened                    completed     -
extend                verified assigned in_progress proposed                 =             working_days,reason
extend                reporter_replied reopened                              =             working_days,reason
escalate              received verified assigned in_progress proposed        =             level
escalate              reporter_replied reopened                              =             level
decline_jurisdiction  received verified assigned                             declined      institution,reason
transfer              received verified assigned                             declined      target,reason
defer                 received                                               deferred      text
resume                deferred                                               received      reason
archive               received deferred verified assigned in_progress reopened  archived      reason
merge                 received deferred verified assigned in_progress reopened  merged        main
unmerge               merged                                                 previous      reason
link_parent           received verified assigned in_progress proposed        =             parent
link_parent           reporter_replied reopened                              =             parent
unlink_parent         received deferred verified assigned in_progress        =             -
unlink_parent         proposed responded reporter_replied reopened           =             -
provide_info          deferred                                               received      text
provide_info          responded                                              reporter_replied  text
rate                  responded completed                                    completed     score,solved
reopen                responded completed                                    reopened      reason
note                  *                                                      =             text
undo                  *                                                      previous      -
"""

STATUSES = (
    "received", "deferred", "verified", "assigned", "in_progress", "proposed", "responded",
    "reporter_replied", "reopened", "completed", "declined", "merged", "archived",
)  # fmt: skip
ENDED = {"completed", "declined", "merged", "archived"}

#: acts after which doing them again finds them done
DONE_ALREADY = {
    "verify": "verified",
    "close": "completed",
    "archive": "archived",
    "decline_jurisdiction": "declined",
    "transfer": "declined",
    "defer": "deferred",
    "propose": "proposed",
    "merge": "merged",
}
REPORTERS_OWN = {"provide_info", "rate", "reopen"}

ROLES = """
# role                    what it may do to a case                                       identity of reporters
city_administrator        verify recategorise mark_confidential assign hand_over         all
city_administrator        follow_up respond approve send_back close extend               all
city_administrator        decline_jurisdiction transfer defer resume archive             all
city_administrator        merge unmerge link_parent unlink_parent note undo              all
verifier                  verify recategorise mark_confidential assign                   all
verifier                  decline_jurisdiction transfer defer resume archive             all
verifier                  merge unmerge link_parent unlink_parent note undo              all
liaison_officer           accept hand_over return follow_up propose respond close        named
liaison_officer           note undo                                                      named
handler                   accept follow_up propose respond note undo                     -
department_head           accept hand_over return approve send_back respond              -
department_head           close extend note undo                                         -
observer                  -                                                              -
province_administrator    verify recategorise mark_confidential assign                   all
province_administrator    follow_up respond close extend                                 all
province_administrator    decline_jurisdiction transfer defer resume archive             all
province_administrator    merge unmerge link_parent unlink_parent note undo              all
province_observer         -                                                              -
"""
CITY_ROLES = {
    "city_administrator", "verifier", "liaison_officer", "handler", "department_head", "observer",
}  # fmt: skip
#: what the national side must learn
TOLD = {
    "assign", "follow_up", "respond", "approve", "decline_jurisdiction", "transfer", "defer", "archive",
    "merge", "unmerge", "provide_info", "reopen",
}  # fmt: skip


def _rows(table: str, columns: int) -> list[list[str]]:
    rows = []
    for line in table.splitlines():
        if line and not line.startswith("#"):
            rows.append([part.strip() for part in line.split("  ") if part.strip()])
            assert len(rows[-1]) == columns, line
    return rows


def transitions() -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """(status, act) → (status afterwards, what must be given)."""
    found: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
    for act, starts, to, needs in _rows(ACTS, 4):
        for start in STATUSES if starts == "*" else starts.split():
            assert (start, act) not in found, f"{act} from {start} is written twice"
            found[start, act] = (start if to == "=" else to, frozenset(needs.split(",")) - {"-"})
    return found


def acts_of_roles() -> dict[str, set[str]]:
    """Role → acts it may do."""
    found: dict[str, set[str]] = {}
    for role, acts, _ in _rows(ROLES, 3):
        found.setdefault(role, set()).update(set(acts.split()) - {"-"})
    return found


def identities() -> dict[str, str]:
    """Role → whose identity it may see: all, named (not anonymous ones), - (nobody's)."""
    return {role: identity for role, _, identity in _rows(ROLES, 3)}
