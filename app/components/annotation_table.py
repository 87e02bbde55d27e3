"""The table of annotations: how many there are, a page of them, and the download of all."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import annotation_filters
from components.annotation_data import AnnotationData
from dcell_graph.graph.browse import Choice

_ROWS_IN_SIGHT = 17
_HEIGHT = 640


def heading(data: AnnotationData, choice: Choice, total: int) -> None:
    """Say how many annotations are chosen and offer a file with all of them."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"{total:,} {_noun(total, 'annotation')}", anchor=False, width="content")
        st.download_button(
            f"Download all {total:,} {_noun(total, 'row')} as CSV",
            data.file_of_all(choice, total),
            file_name="annotations.csv",
            mime="text/csv",
            key="download-annotations",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
            disabled=total == 0,
        )


def show(rows: pd.DataFrame, *, offset: int, total: int) -> None:
    """Show one page.

    Args:
        rows: of the page.
        offset: rows before it.
        total: rows in all.
    """
    # What the table's own toolbar downloads and searches is the page only, and so would be the order by a heading;
    # selectable columns have no order of their own.
    st.html("<style>.st-key-annotations [data-testid='stElementToolbar'] { display: none; }</style>")
    st.dataframe(
        rows,
        hide_index=True,
        height=_HEIGHT if len(rows) > _ROWS_IN_SIGHT else "auto",
        column_config={
            "Line": st.column_config.NumberColumn(format="localized", width=80),
            "NOT": st.column_config.TextColumn(width=50),
        },
        selection_mode="single-column",
        on_select=annotation_filters.sort_by_heading,
        key=annotation_filters.TABLE,
    )
    st.caption(f"Rows {offset + 1:,} to {offset + len(rows):,} of {total:,}. A click on a heading sorts all of them.")


def _noun(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"
