"""What importing the package brings along: nothing heavy, so that programs start at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "streamlit", "pandas", "neo4j", "matplotlib", "scipy", "sklearn", "pyarrow", "networkx", "py2neo"}
LATER = {"torch", "streamlit", "matplotlib", "scipy", "sklearn", "plotly", "py2neo"}


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import dcell_graph", HEAVY),
        ("import dcell_graph.cli", LATER),
        ("import dcell_graph.train.__main__", LATER),
        ("import dcell_graph.snapshot.storage", LATER | {"neo4j"}),
    ],
)
def test_an_import_brings_no_more_than_it_needs(statement: str, unwanted: set[str]) -> None:
    # Modules that the interpreter brings along are there before.
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & unwanted == set()
