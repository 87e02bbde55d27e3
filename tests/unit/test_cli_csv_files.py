"""Writing CSV: whole or not at all, through links, into pipes and devices, and nothing left behind by a failure."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from dcell_graph.cli.csv_files import write_csv, write_folder
from dcell_graph.errors import Conflict, InputError

ROWS: list[list[object]] = [["a", 1], ["b,c", None]]
TEXT = 'x,y\na,1\n"b,c",\n'


def test_a_file_is_replaced_and_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    path.chmod(0o640)
    write_csv(path, ["x", "y"], ROWS)
    assert path.read_text() == TEXT
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, there: bool) -> None:
    target = tmp_path / "elsewhere" / "real.csv"
    target.parent.mkdir()
    if there:
        target.write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    write_csv(link, ["x", "y"], ROWS)
    assert link.is_symlink() and target.read_text() == TEXT
    assert list(target.parent.iterdir()) == [target]


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_csv(pipe, ["x", "y"], ROWS)
    reader.join()
    assert read == [TEXT]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    link = tmp_path / "null"
    link.symlink_to(os.devnull)
    write_csv(link, ["x", "y"], ROWS)
    assert link.is_symlink() and stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".csv")
    write_csv(path, ["x", "y"], ROWS)
    assert path.read_text() == TEXT


def test_the_file_that_the_output_goes_to_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "output"
    with path.open("w") as output:
        monkeypatch.setattr("sys.stdout", output)
        write_csv(path, ["x", "y"], ROWS)
        output.write("and a sentence\n")
    assert path.read_text() == TEXT + "and a sentence\n"


@pytest.mark.parametrize("name", ["", ".", "folder"])
def test_a_folder_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="--csv names a folder, not a file; name a file"):
        write_csv(Path(name), ["x"], [])
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


@pytest.mark.parametrize("name", ["n" * 256, "nowhere/out.csv", "loop"])
def test_what_cannot_be_written_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="this cannot be written: found "):
        write_csv(tmp_path / name, ["x"], [])
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_rows_that_fail_leave_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_csv(path, ["x"], [["\ud800"]])
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_of_tables(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    write_folder(folder, {"one": (["x", "y"], ROWS)}, ["first", "second"])
    assert (folder / "one.csv").read_text() == TEXT
    assert (folder / "notes.txt").read_text() == "first\nsecond\n"
    assert list(folder.parent.iterdir()) == [folder]
    with pytest.raises(Conflict, match="exists already"):
        write_folder(folder, {}, [])


@pytest.mark.parametrize("name", ["a/b/" + "n" * 256, "file/b/c", "a/\0/c"])
def test_a_folder_that_cannot_be_made_leaves_no_folders_above_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((InputError, ValueError)):
        write_folder(tmp_path / name, {}, [])
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


def test_rows_that_fail_leave_no_folders(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UnicodeEncodeError):
        write_folder(tmp_path / "there" / "a" / "b", {"one": (["x"], [["\ud800"]])}, [])
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]
