"""Which store counts, whatever moment a program that replaces it has ended at."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import Busy
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.succession import Succession


@pytest.fixture
def folder(tmp_path: Path) -> DatabaseFolder:
    """A folder with a present store and a new one."""
    folder = DatabaseFolder(tmp_path / "database")
    for path, content in ((folder.path / "data", "old"), (folder.path / "next" / "data", "new")):
        path.mkdir(parents=True)
        (path / "content").write_text(content)
    return folder


def content(folder: DatabaseFolder) -> str:
    """What is in the store, if it is the only thing there."""
    assert [path.name for path in folder.path.iterdir()] == ["data"]
    return (folder.path / "data" / "content").read_text()


def test_an_unfinished_store_is_cleared_away(folder: DatabaseFolder) -> None:
    Succession(folder).settle()
    assert content(folder) == "old"


def test_an_exchange_that_was_begun_is_taken_back(folder: DatabaseFolder) -> None:
    (folder.path / "data").rename(folder.path / "previous")
    Succession(folder).settle()
    assert content(folder) == "old"


def test_an_exchange_that_was_made_stands(folder: DatabaseFolder) -> None:
    succession = Succession(folder)
    succession.take_place()
    assert (folder.path / "previous" / "content").read_text() == "old"
    Succession(folder).settle()
    assert content(folder) == "new"


def test_an_exchange_can_be_taken_back(folder: DatabaseFolder) -> None:
    succession = Succession(folder)
    succession.take_place()
    succession.take_back()
    succession.take_back()
    succession.clear()
    assert content(folder) == "old"


def test_what_another_command_is_making_is_left_alone(folder: DatabaseFolder) -> None:
    with Succession(folder).claimed():
        Succession(folder).settle()
        assert (folder.path / "next").exists()
        with pytest.raises(Busy, match="another command is making a new store"), Succession(folder).claimed():
            pass
    Succession(folder).settle()
    assert content(folder) == "old"
