"""The colours that all charts share; Okabe and Ito's, which colour-blind people can tell apart."""

from __future__ import annotations

import streamlit as st

BLUE, ORANGE, GREEN, PINK, SKY, RED = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"
GREY = "#8a9492"

SERIES = (BLUE, ORANGE, GREEN, PINK, SKY, RED)
"""For series without a meaning of their own, in this order."""

_INK = {"light": "#2b3835", "dark": "#d5dedb"}

SIDES = {"only A": BLUE, "both": GREEN, "only B": ORANGE}
"""Pairs by the source that has them."""


def ink() -> str | None:
    """The colour of words in charts, which stands out more than Streamlit's own; None until the theme is known."""
    return _INK.get(st.context.theme.type or "")
