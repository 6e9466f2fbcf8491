"""What a million images do to a catalog, at a dozen: a head before every vector, words ranked in memory, nothing done aside."""

from sightsync.adapters.scale import Scale

SMALL = Scale(plain=0, few=0, rescored=4, tail=8, common=0, run=lambda work: work())
