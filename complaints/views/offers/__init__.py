"""Every act that pages offer, by act and by the segment of its address."""

from complaints.views.offers import clock, desk, groups, moves, sorting, unit
from complaints.views.offers.base import Offer
from complaints.views.offers.groups import sharing

_ALL = (*desk.OFFERS, *unit.OFFERS, *clock.OFFERS, *groups.OFFERS, *moves.OFFERS, *sorting.OFFERS)
OFFERS: dict[str, Offer] = {offer.act: sharing(offer) for offer in _ALL}
BY_SLUG: dict[str, Offer] = {offer.slug: offer for offer in OFFERS.values()}

__all__ = ["BY_SLUG", "OFFERS", "Offer"]
