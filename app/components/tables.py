"""Tables that look the same on every page, each with a download of all its rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

_ROWS_SHOWN = 10
_ROW_HEIGHT = 35


def show(name: str, frame: pd.DataFrame, *, empty: str) -> None:
    """Show a table with a CSV download, or a sentence if it has no rows.

    Args:
        name: of the downloaded file, without ending; unique on the page.
        frame: what to show.
        empty: the sentence.
    """
    if frame.empty:
        st.caption(empty)
        return
    if "Generated" in frame.columns and not frame["Generated"].any():
        frame = frame.drop(columns="Generated")
    height = _ROW_HEIGHT * (min(len(frame), _ROWS_SHOWN) + 1) + 3
    st.dataframe(frame, hide_index=True, height=height, column_config=_columns(frame), placeholder="")
    st.download_button(
        f"Download {len(frame):,} {'row' if len(frame) == 1 else 'rows'} as CSV",
        frame.to_csv(index=False).encode(),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"download-{name}",
        type="tertiary",
        icon=":material/download:",
    )


def facts(values: dict[str, str]) -> None:
    """Show labelled facts as plain text, whatever characters they hold."""
    st.table(pd.Series(values, name="value"), border="horizontal", hide_header=True)


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    """Numbers with thousands separators, correlations with three digits (Streamlit gives no name to the type)."""
    config: dict[str, Any] = {}
    for column in frame.columns:
        if pd.api.types.is_bool_dtype(frame[column]):
            continue
        if pd.api.types.is_integer_dtype(frame[column]):
            config[column] = st.column_config.NumberColumn(format="localized")
        elif pd.api.types.is_float_dtype(frame[column]):
            config[column] = st.column_config.NumberColumn(format="%.3f")
    return config
