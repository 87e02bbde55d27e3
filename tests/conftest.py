"""Fixtures that every kind of test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dcell_graph.settings import wait_passively

pytest_plugins = ("tests.database_fixtures",)


def pytest_configure() -> None:
    """Before any test module imports torch."""
    wait_passively()


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder with the real data files that DCELL_GRAPH_MIRROR names; tests that need it are skipped without one."""
    named = os.environ.get("DCELL_GRAPH_MIRROR")
    if not named:
        pytest.skip("no real data: DCELL_GRAPH_MIRROR names no mirror folder")
    folder = Path(named)
    assert folder.is_dir(), f"DCELL_GRAPH_MIRROR names {folder}, which is not a folder"
    return folder
