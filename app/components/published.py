"""Sizes of published and reported DCell models, to be marked beside one's own."""

from __future__ import annotations

PUBLISHED = {
    1_408: "reported",
    2_242: "reported, with a last day",
    2_526: "Ma et al. 2018",
    2_655: "reported",
    4_062: "reported, without a last day",
}
"""Numbers of subsystems and where each comes from."""


def nearest(subsystems: int) -> str:
    """The published number that is nearest to a number of subsystems, in words."""
    number = min(PUBLISHED, key=lambda one: abs(one - subsystems))
    off = subsystems - number
    distance = "exactly" if off == 0 else f"{abs(off):,} {'more' if off > 0 else 'fewer'} than"
    return f"{distance} {number:,} ({PUBLISHED[number]})"
