"""The app's router: pages and what they share. Run it with ``dcell-graph app`` or ``make app``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "app_pages"

st.set_page_config(page_title="dcell-graph", page_icon=":material/hub:", layout="wide")
st.navigation(
    [
        st.Page(PAGES / "overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page(PAGES / "annotations.py", title="Annotations", icon=":material/table_rows:"),
    ],
).run()
