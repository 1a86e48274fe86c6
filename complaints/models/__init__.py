"""Rows of the case: the complaint, who reported it, what happened to it."""

from complaints.models.answers import AnswerTemplate, Mention, PhotoBand
from complaints.models.case import Attachment, Complaint, Disposition, Rating, Reporter, TrackingAccess
from complaints.models.delegation import Delegation
from complaints.models.escalation import EscalationRule
from complaints.models.finding import ComplaintSearch, SavedFilter
from complaints.models.history import ComplaintEvent
from complaints.models.notices import MessagingSettings, Notice, NoticePreference, NoticeText
from complaints.models.recount import Recount
from complaints.models.reference import CaseworkSettings, Category, SlaRule

__all__ = [
    "AnswerTemplate",
    "Attachment",
    "CaseworkSettings",
    "Category",
    "Complaint",
    "ComplaintEvent",
    "ComplaintSearch",
    "Delegation",
    "Disposition",
    "EscalationRule",
    "Mention",
    "MessagingSettings",
    "Notice",
    "NoticePreference",
    "NoticeText",
    "PhotoBand",
    "Rating",
    "Recount",
    "Reporter",
    "SavedFilter",
    "SlaRule",
    "TrackingAccess",
]
