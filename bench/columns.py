"""The columns a population fills, by table, in the order in which rows refer to each other."""

from __future__ import annotations

_NAMES = {
    "complaint": """
        tenant_id id number form_key version status kind classification channel title body category_id
        incident_on district_id village_id landmark is_anonymous is_confidential department_id handler_id
        received_at
        verified_at assigned_at first_answered_at responded_at closed_at closed_by verify_due_at answer_due_at
        complete_due_at due_at verify_days answer_days complete_days reopened last_event last_hash external
    """,
    "reporter": "tenant_id id complaint_id name phone email",
    "tracking_access": "tenant_id id complaint_id pin_digest failures",
    "attachment": """
        tenant_id id complaint_id form_key event_id is_public name media_type size sha256 storage_key
        thumbnail_key width height created_at
    """,
    "complaint_event": """
        tenant_id id complaint_id sequence act from_status to_status actor_kind actor_id actor_label
        visibility
        text data occurred_at recorded_at previous_hash hash
    """,
    "disposition": "tenant_id id complaint_id department_id urgency instructions assigned_by assigned_at",
    "rating": "tenant_id id complaint_id round score solved rated_at",
    "sp4n_link": """
        tenant_id id complaint_id external_id origin status_unmapped linked_at synced_at next_check_at
    """,
}
COLUMNS: dict[str, tuple[str, ...]] = {table: tuple(names.split()) for table, names in _NAMES.items()}

#: columns that are the same in every row of a population, as SQL
CONSTANT: dict[str, dict[str, str]] = {
    "complaint": {"copied_to": "'[]'", "intervals": "'[]'", "escalation_level": "0"},
    "disposition": {"is_copy": "false"},
}
