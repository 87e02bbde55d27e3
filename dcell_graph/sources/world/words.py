"""Readable names that no real term has: household words in place of biology."""

from __future__ import annotations

from math import gcd


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_KINDS = _words(
    """amber ashen azure brass brown cedar chalk clay copper coral crimson dusty ebony fawn flint frosted gilded granite
    grey hazel indigo ivory jade linen lilac maple marble mossy ochre olive pearl pewter plain russet saffron sandy
    scarlet silver tawny teal"""
)
_THINGS = _words(
    """anchor anvil apron basket bell bench bottle bowl bridge broom bucket button candle chair clock cloak comb compass
    cup curtain door drum fence flute fork funnel glove hammer harp hinge kettle key ladder lantern mirror needle oven
    paddle pillow plough pulley quilt saddle scarf shovel spoon table teapot umbrella wheel"""
)
_HEADS = {
    "biological_process": _words(
        """arrangement assembly carving cleaning counting dyeing filling folding gathering mending opening painting
        polishing repair rinsing sewing shaping sorting stacking storage sweeping tuning turning weaving"""
    ),
    "molecular_function": _words(
        """bending boiling clamping cutting dipping drilling folding glueing hanging heating holding lifting locking
        pressing pulling pushing ringing rolling scraping spinning squeezing stirring tying winding"""
    ),
    "cellular_component": _words(
        """attic barn cellar chest corner cupboard drawer garden gate hall kitchen landing larder loft porch rack room
        shed shelf stable stairs terrace tower yard"""
    ),
}
_ENDS = {"molecular_function": " activity"}


def term_name(namespace: str, number: int, shift: int) -> str:
    """The name of a term.

    Args:
        namespace: one of the three.
        number: counted from 0 within the namespace; different numbers give different names.
        shift: turns the order of the names; the same for all terms of a namespace.
    """
    heads = _HEADS[namespace]
    combinations = len(_KINDS) * len(_THINGS) * len(heads)
    turn, place = divmod(number, combinations)
    place = (place * _stride(combinations) + shift) % combinations
    place, head = divmod(place, len(heads))
    kind, thing = divmod(place, len(_THINGS))
    again = f" {turn + 1}" if turn else ""
    return f"{_KINDS[kind]} {_THINGS[thing]} {heads[head]}{_ENDS.get(namespace, '')}{again}"


def _stride(combinations: int) -> int:
    """A step that visits all combinations before it comes back, and lands far from where it was."""
    step = int(combinations * 0.618)
    while gcd(step, combinations) != 1:
        step += 1
    return step
