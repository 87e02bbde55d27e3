"""Tables that look the same on every page, each with a download of all its rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from components import pages
from components.store import digest, kept
from components.text import joined, plain
from dcell_graph.wording import counted

_ROWS_SHOWN = 10
_ROW_HEIGHT = 35
_ROWS_OF_A_PAGE = 100
_PAGE_HEIGHT = 480
_SMALL = 0.01
_PLAIN_NUMBERS = ("Year", "Line", "Step", "Level")


def show(
    name: str,
    frame: pd.DataFrame,
    *,
    empty: str,
    config: Mapping[str, Any] | None = None,
    hide_false_generated: bool = True,
) -> None:
    """Show a table with a CSV download, or a sentence if it has no rows.

    Args:
        name: of the downloaded file, without ending; unique on the page.
        frame: what to show, with headings that are words; lists are shown with commas.
        empty: the sentence.
        config: of columns that are not shown as usual, as Streamlit has it.
        hide_false_generated: leave out a column ``Generated`` in which nothing is marked.
    """
    if frame.empty:
        st.caption(empty)
        return
    if hide_false_generated and "Generated" in frame.columns and not frame["Generated"].any():
        frame = frame.drop(columns="Generated")
    height = _ROW_HEIGHT * (min(len(frame), _ROWS_SHOWN) + 1) + 3
    st.dataframe(
        _texts(frame),
        hide_index=True,
        height=height,
        column_config=_columns(frame) | dict(config or {}),
        placeholder="",
        alt=name.replace("-", " "),
    )
    _download(name, frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How the rows of a long table are told apart when one is clicked.

    Args:
        parameter: of the address that keeps the row.
        id_of: the id of a row, from its values by column.
    """

    parameter: str
    id_of: Callable[[Mapping[Hashable, Any]], str]


def long(
    name: str,
    frame: pd.DataFrame,
    *,
    headings: Mapping[str, str],
    noun: str,
    empty: str,
    sort: str,
    chosen: Chosen | None = None,
    content: str | None = None,
) -> None:
    """Show a table that may have a hundred thousand rows: sorted as a whole, page by page, all of it to download.

    Args:
        name: of the downloaded file, without ending; unique on the page.
        frame: all rows.
        headings: the columns to show with their headings; the download has all columns.
        noun: what a row is.
        empty: the sentence for no rows.
        sort: the column that is sorted by at first.
        chosen: makes rows clickable; the id of the clicked one is in the address.
        content: a name for what the frame holds, for large frames: they are sorted once and not at each click.
    """
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(counted(len(frame), noun), anchor=False, width="content")
        if len(frame):
            _download(name, frame)
    if frame.empty:
        st.info(empty, icon=":material/search_off:")
        return
    order, controls = st.columns([2, 3], vertical_alignment="bottom")
    with order, st.container(horizontal=True, vertical_alignment="bottom"):
        columns = {heading: column for column, heading in headings.items()}
        by = st.selectbox(
            "Sort all rows by",
            tuple(columns),
            index=tuple(headings).index(sort),
            key="sort",
            bind="query-params",
            on_change=pages.first,
            width=180,
        )
        descending = st.toggle("Descending", key="descending", bind="query-params", on_change=pages.first)
    offset = 0
    if len(frame) > _ROWS_OF_A_PAGE:
        with controls:
            offset = pages.turn(len(frame), _ROWS_OF_A_PAGE)
    order_by = columns.get(by, sort)
    if content is None:
        ordered = _ordered(frame, order_by, descending)
    else:
        ordered = kept(_ordered, digest(content, order_by, descending), frame, order_by, descending)
    page = ordered.iloc[offset : offset + _ROWS_OF_A_PAGE]
    _page(name, page, headings, chosen)
    st.caption(
        f"Rows {offset + 1:,} to {offset + len(page):,} of {len(frame):,}."
        + (" The box at the left of a row opens it below." if chosen else "")
    )


def _ordered(frame: pd.DataFrame, column: str, descending: bool) -> pd.DataFrame:
    return frame.sort_values(column, ascending=not descending, kind="stable", na_position="last")


def _page(name: str, page: pd.DataFrame, headings: Mapping[str, str], chosen: Chosen | None) -> None:
    shown = page[list(headings)].rename(columns=dict(headings))
    # The table's own toolbar would search, sort and download the page only.
    st.html(f"<style>[class*='st-key-{name}-rows'] [data-testid='stElementToolbar'] {{ display: none; }}</style>")
    extra: dict[str, Any] = {}
    key = f"{name}-rows"
    if chosen is not None:
        ids = [chosen.id_of(row) for row in page.to_dict("records")]
        # A selection is a position, so another page is another table to Streamlit.
        key = f"{name}-rows-{digest(*ids)[:12]}"
        extra = {
            "selection_mode": "single-row",
            "on_select": lambda: _open(key, chosen.parameter, ids),
        }
        there = st.query_params.get(chosen.parameter)
        if there in ids:
            extra["selection_default"] = {"selection": {"rows": [ids.index(there)]}}
    st.dataframe(
        _texts(shown),
        hide_index=True,
        height=_PAGE_HEIGHT if len(page) > _ROWS_SHOWN else "auto",
        column_config=_columns(shown),
        placeholder="",
        key=key,
        alt=f"{name.replace('-', ' ')}, one page",
        **extra,
    )


def _open(key: str, parameter: str, ids: list[str]) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        st.query_params[parameter] = ids[rows[0]]
    else:
        st.query_params.pop(parameter, None)


def facts(values: Mapping[str, object]) -> None:
    """Show labelled facts as plain text, whatever characters they hold; absent ones are left out."""
    there = {name: plain(value) for name, value in values.items() if value not in (None, "", ())}
    if there:
        st.table(pd.Series(there, name="value", dtype=object), border="horizontal", hide_header=True)


def _download(name: str, frame: pd.DataFrame) -> None:
    st.download_button(
        f"Download {counted(len(frame), 'row')} as CSV",
        lambda: as_csv(frame),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"download-{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def as_csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV: lists with bars between, what is absent empty."""
    columns = {column: [joined(value, "|") for value in frame[column]] for column in frame.columns}
    return pd.DataFrame(columns, columns=frame.columns, dtype=object).to_csv(index=False).encode()


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with lists as text."""
    lists = [
        column
        for column in frame.columns
        if frame[column].dtype == object and any(isinstance(value, list | tuple) for value in frame[column])
    ]
    texts = {column: pd.Series([joined(value) for value in frame[column]], index=frame.index) for column in lists}
    return frame.assign(**texts)


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    """Numbers with thousands separators, fractions with three digits (Streamlit gives no name to the type).

    Columns of small fractions have three digits that say something, not three after the point.
    """
    config: dict[str, Any] = {}
    for column in frame.columns:
        if pd.api.types.is_bool_dtype(frame[column]):
            continue
        if pd.api.types.is_integer_dtype(frame[column]):
            plain_number = column in _PLAIN_NUMBERS
            config[column] = st.column_config.NumberColumn(format="%d" if plain_number else "localized")
        elif pd.api.types.is_float_dtype(frame[column]):
            # Whole numbers of which some are absent.
            there = frame[column].dropna()
            counts = len(there) < len(frame) and all(value.is_integer() for value in there.tolist())
            small = bool((there != 0).any()) and there[there != 0].abs().median() < _SMALL
            config[column] = st.column_config.NumberColumn(
                format="localized" if counts else "%.3g" if small else "%.3f"
            )
    return config
