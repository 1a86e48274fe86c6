"""Rows of the case: the complaint, who reported it, what happened to it."""

from complaints.models.case import Attachment, Complaint, Disposition, Rating, Reporter, TrackingAccess
from complaints.models.delegation import Delegation
from complaints.models.history import ComplaintEvent
from complaints.models.reference import AnswerTemplate, CaseworkSettings, Category, SlaRule

__all__ = [
    "AnswerTemplate",
    "Attachment",
    "CaseworkSettings",
    "Category",
    "Complaint",
    "ComplaintEvent",
    "Delegation",
    "Disposition",
    "Rating",
    "Reporter",
    "SlaRule",
    "TrackingAccess",
]
