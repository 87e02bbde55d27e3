"""Page controls for a table that is too long for one page."""

from __future__ import annotations

import streamlit as st

_KEY = "page"


def first() -> None:
    """Go back to the first page; for widgets that change what the pages hold."""
    _go(1)


def turn(total: int, size: int) -> int:
    """Show the controls; the page number is in the address.

    Args:
        total: rows in all, at least 1.
        size: rows of a page.

    Returns:
        The number of rows before the page, from 0.
    """
    last = -(-total // size)
    number = min(st.session_state.get(_KEY, 1), last)
    if number != st.session_state.get(_KEY, number):
        _go(number)
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="bottom", gap="small"):
        # The buttons before the number need it, so their place is kept.
        back = st.container(horizontal=True, width="content", gap="small")
        number = st.number_input(
            f"Page, 1 to {last:,}", min_value=1, max_value=last, key=_KEY, bind="query-params", width=120
        )
        with back:
            _button("First", 1, number > 1)
            _button("Previous", number - 1, number > 1)
        _button("Next", number + 1, number < last)
        _button("Last", last, number < last)
    return (number - 1) * size


def _button(label: str, target: int, possible: bool) -> None:
    st.button(label, key=f"{label.lower()}-page", on_click=_go, args=(target,), disabled=not possible)


def _go(number: int) -> None:
    st.session_state[_KEY] = number
