"""What the case may go through, written down by hand from the rules, independently of the code.

One row an act, from where to where, with what the act needs said; and one row a role. The tests hold the
code's own tables to these.
"""

from __future__ import annotations

ACTS = """
# act                 from                                                    to                needs
verify                received deferred                                       verified          classification
assign                verified assigned in_progress reporter_replied reopened  assigned          department_id
follow_up             assigned in_progress reporter_replied reopened          in_progress       text
follow_up             responded                                               responded         text
respond               verified assigned in_progress responded                 responded         text
respond               reporter_replied reopened                               responded         text
close                 responded reporter_replied reopened                     completed         -
decline_jurisdiction  received verified assigned                              declined      institution,reason
defer                 received                                                deferred          text
archive               received deferred verified assigned in_progress reopened  archived          reason
provide_info          deferred                                                received          text
provide_info          responded                                               reporter_replied  text
rate                  responded completed                                     completed         score,solved
reopen                responded completed                                     reopened          reason
note                  *                                                       =                 text
"""

STATUSES = (
    "received", "deferred", "verified", "assigned", "in_progress", "responded", "reporter_replied",
    "reopened", "completed", "declined", "merged", "archived",
)  # fmt: skip
ENDED = {"completed", "declined", "merged", "archived"}

#: acts after which doing them again finds them done
DONE_ALREADY = {
    "verify": "verified",
    "close": "completed",
    "archive": "archived",
    "decline_jurisdiction": "declined",
    "defer": "deferred",
}
REPORTERS_OWN = {"provide_info", "rate", "reopen"}

ROLES = """
# role                    what it may do to a case                                       identity of reporters
city_administrator        verify assign follow_up respond close decline_jurisdiction     all
city_administrator        defer archive note                                             all
verifier                  verify assign decline_jurisdiction defer archive note          all
liaison_officer           follow_up respond close note                                   named
handler                   follow_up respond note                                         -
department_head           respond close note                                             -
observer                  -                                                              -
province_administrator    -                                                              -
province_observer         -                                                              -
"""
CITY_ROLES = {
    "city_administrator", "verifier", "liaison_officer", "handler", "department_head", "observer",
}  # fmt: skip
#: what the national side must learn
TOLD = {
    "assign", "follow_up", "respond", "decline_jurisdiction", "defer", "archive", "provide_info", "reopen",
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
