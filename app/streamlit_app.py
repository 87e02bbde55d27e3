"""The app's router: pages and what they share. Run it with ``dcell-graph app`` or ``make app``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "app_pages"


def page(name: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    """A page of the folder of pages."""
    return st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", default=default)


st.set_page_config(page_title="dcell-graph", page_icon=":material/hub:", layout="wide")
sections = {
    "dcell-graph": [page("overview", "Overview", "home", default=True)],
    "Annotations": [
        page("discrepancies", "Discrepancies", "compare_arrows"),
        page("annotations", "Annotations", "table_rows"),
        page("term", "Term", "account_tree"),
        page("gene", "Gene", "genetics"),
    ],
    "Snapshots": [
        page("snapshots", "Snapshots", "inventory_2"),
        page("build", "Build", "build"),
        page("why", "Why", "help"),
        page("differences", "Differences", "difference"),
        page("calibration", "Calibration", "tune"),
        page("coverage", "Coverage", "visibility"),
    ],
    "Models": [
        page("runs", "Runs", "model_training"),
        page("subsystems", "Subsystems", "donut_small"),
        page("knockout", "Knock-out lab", "content_cut"),
    ],
    "Questions": [page("cypher", "Cypher", "terminal")],
}
# In the dark, Streamlit writes white on the light primary colour here, which cannot be read.
WHITE_ON_PRIMARY = "[data-testid='stMultiSelect'] [data-tag], [data-testid^='stBaseButton-primary']"
st.html(f"<style>{WHITE_ON_PRIMARY} {{ background-color: #0b6e5f; border-color: #0b6e5f; color: #ffffff; }}</style>")
# Streamlit's own list of pages is no proper list for screen readers once it has sections, so the links are ours.
chosen = st.navigation(sections, position="hidden")
with st.sidebar:
    for section, pages in sections.items():
        st.caption(section)
        for one in pages:
            st.page_link(one, width="stretch")
chosen.run()
