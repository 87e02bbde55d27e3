"""Fixtures that every kind of test may use."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from dcell_graph.graph import process
from dcell_graph.settings import wait_passively

pytest_plugins = ("tests.browser_fixtures", "tests.database_fixtures")


def pytest_configure() -> None:
    """Before any test module imports torch or decorates a property."""
    wait_passively()
    # Servers of tests live for a minute: Java's second compiler would cost a third of their time and not pay.
    process.SERVER_OPTIONS = ("-XX:TieredStopAtLevel=1",)
    # A shell lets what it runs in the background ignore Ctrl-C, and what these tests start would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # The same examples every time, and no limit on their time: the machine may be busy with something else.
    hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
    hypothesis.settings.load_profile("steady")


# Files whose tests need the database with the real files, which one process fills once.
_REAL = {
    "app_real",
    "build_real",
    "compare_real",
    "coverage",
    "diff",
    "judge",
    "load",
    "overfit",
    "real_model",
    "saved_queries_real",
    "why",
}
# Groups of tests that take long, in the order in which processes that share the work should begin them.
_FIRST = [
    "real",
    "test_bulk",
    "test_crash",
    "test_quickstart",
    "test_first_snapshot",
    "test_case_45_large_table",
    "test_train_interrupt",
]


def _group(path: Path) -> str:
    """Which tests stay together where processes share them: those on the real files, else those of a file."""
    real = path.parent.name == "integration" and path.stem.removeprefix("test_") in _REAL
    return "real" if real else path.stem


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    places = {name: place for place, name in enumerate(_FIRST)}
    items.sort(key=lambda item: places.get(_group(item.path), len(_FIRST)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Share the tests group by group."""
    return _Groups(config, log)


class _Groups(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    def _split_scope(self, nodeid: str) -> str:
        return _group(Path(nodeid.partition("::")[0]))


@pytest.fixture(autouse=True)
def _own_main_module() -> Iterator[None]:
    """A page tried by Streamlit's AppTest stays behind as ``__main__``, and processes spawned later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder with the real data files that DCELL_GRAPH_MIRROR names; tests that need it are skipped without one."""
    named = os.environ.get("DCELL_GRAPH_MIRROR")
    if not named:
        pytest.skip("no real data: DCELL_GRAPH_MIRROR names no mirror folder")
    folder = Path(named)
    assert folder.is_dir(), f"DCELL_GRAPH_MIRROR names {folder}, which is not a folder"
    return folder
