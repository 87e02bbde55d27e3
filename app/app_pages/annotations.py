"""Annotations: every annotation of the loaded files, chosen, sorted and turned over page by page."""

from __future__ import annotations

import streamlit as st
from components import annotation_filters, annotation_table, pages
from components.annotation_data import AnnotationData
from components.problems import as_sentences

from dcell_graph.settings import read_settings

ROWS_OF_A_PAGE = 100

st.title("Annotations")
st.caption("Every annotation of the loaded files, NOT annotations included.")

with as_sentences():
    data = AnnotationData(read_settings())
    if not data.scope.sources:
        st.info(
            "No annotation file is loaded yet: `dcell-graph load annotations FILE`", icon=":material/arrow_forward:"
        )
        st.stop()

    choice = annotation_filters.choose(data)
    if not data.scope.generated.isdisjoint(choice.sources):
        st.warning("These annotations are of a **generated world**, not real data.", icon=":material/science:")
    total = data.count(choice)
    annotation_table.heading(data, choice, total)
    if total == 0:
        st.info("No annotation fits this choice.", icon=":material/search_off:")
        st.stop()

    order, controls = st.columns([2, 3], vertical_alignment="bottom")
    with order:
        sort, descending = annotation_filters.order()
    with controls:
        offset = pages.turn(total, ROWS_OF_A_PAGE)
    rows = data.page(choice, offset=offset, size=ROWS_OF_A_PAGE, sort=sort, descending=descending)
    annotation_table.show(rows, offset=offset, total=total)
