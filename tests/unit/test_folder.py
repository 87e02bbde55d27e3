"""The folder of the embedded database."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from pathlib import Path

import pytest

from dcell_graph.errors import Busy, ServerError
from dcell_graph.graph import folder as folder_module
from dcell_graph.graph.folder import DatabaseFolder, Identity
from dcell_graph.graph.host import need_room


@pytest.fixture
def made(tmp_path: Path) -> DatabaseFolder:
    """A database folder as after its first start, with something in it."""
    folder = DatabaseFolder(tmp_path / "database")
    folder.create(23456)
    folder.configure(23456)
    folder.remember(Identity(port=23456, complete=True))
    (folder.path / "data").mkdir()
    (folder.path / "data" / "store").write_bytes(bytes(1000))
    return folder


def test_transactions_get_shares_of_the_heap(made: DatabaseFolder) -> None:
    made.configure(23456, 4)
    lines = (made.conf / "neo4j.conf").read_text(encoding="utf-8").splitlines()
    assert "dbms.memory.transaction.total.max=2800m" in lines
    assert "db.memory.transaction.max=2400m" in lines


def test_nothing_is_there_at_first(tmp_path: Path) -> None:
    folder = DatabaseFolder(tmp_path / "database")
    assert folder.identity() is None
    assert not folder.delete()
    assert folder.size() == 0
    assert not folder.path.exists()


def test_a_new_folder_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = DatabaseFolder(tmp_path / "database")
        folder.create(20001)
    finally:
        os.umask(before)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.password_file.stat().st_mode & 0o777 == 0o600
    assert folder.identity() == Identity(port=20001, complete=False)


def test_passwords_are_long_different_and_no_option(tmp_path: Path) -> None:
    passwords = set()
    for number in range(200):
        folder = DatabaseFolder(tmp_path / str(number))
        folder.create(20001)
        passwords.add(folder.password())
    assert len(passwords) == 200
    assert all(len(password) == 33 and password[0].isalpha() for password in passwords)


def test_creating_again_removes_what_an_interrupted_first_start_left(made: DatabaseFolder) -> None:
    old = made.password()
    made.create(23457)
    assert sorted(path.name for path in made.path.iterdir()) == ["database.json", "password"]
    assert made.password() != old
    assert made.identity() == Identity(port=23457, complete=False)


def test_the_configuration_opens_bolt_on_the_loopback_address_only(made: DatabaseFolder) -> None:
    lines = (made.conf / "neo4j.conf").read_text(encoding="utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert settings["server.bolt.listen_address"] == "127.0.0.1:23456"
    assert settings["server.http.enabled"] == settings["server.https.enabled"] == "false"
    assert settings["dbms.usage_report.enabled"] == "false"
    assert settings["dbms.security.auth_enabled"] == "true"


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "no JSON", '{"format": "other", "version": 1, "port": 1, "complete": true}', "null"],
)
def test_a_foreign_database_json_is_refused(made: DatabaseFolder, content: str) -> None:
    (made.path / "database.json").write_text(content, encoding="utf-8")
    with pytest.raises(ServerError, match=r"does not hold a database of dcell-graph.*of another kind"):
        made.identity()
    with pytest.raises(ServerError, match="does not hold a database"):
        made.delete()
    assert (made.path / "data" / "store").exists()


def test_a_newer_format_is_refused(made: DatabaseFolder) -> None:
    content = json.loads((made.path / "database.json").read_text(encoding="utf-8"))
    (made.path / "database.json").write_text(json.dumps(content | {"version": 2}), encoding="utf-8")
    with pytest.raises(ServerError, match=r'expected.*"version": 1'):
        made.identity()


def test_a_folder_with_other_files_is_neither_used_nor_deleted(tmp_path: Path) -> None:
    folder = DatabaseFolder(tmp_path)
    (tmp_path / "thesis.txt").write_text("years", encoding="utf-8")
    for refused in (folder.identity, folder.delete):
        with pytest.raises(ServerError, match=r"no database\.json, but thesis\.txt"):
            refused()
    assert (tmp_path / "thesis.txt").exists()


def test_a_database_with_other_files_in_it_is_not_deleted(made: DatabaseFolder) -> None:
    (made.path / "import").mkdir()
    with pytest.raises(ServerError, match="import in this folder is not part of the database"):
        made.delete()
    assert (made.path / "data" / "store").exists()
    assert made.identity() == Identity(port=23456, complete=True)


def test_partial_files_of_a_killed_command_do_not_matter(made: DatabaseFolder, tmp_path: Path) -> None:
    (made.path / ".server.pid.k3j2").write_text("{", encoding="utf-8")
    assert made.delete()
    new = DatabaseFolder(tmp_path / "new")
    new.path.mkdir()
    (new.path / ".database.json.x1y2").write_text("{", encoding="utf-8")
    assert new.identity() is None


def test_delete_removes_the_folder(made: DatabaseFolder) -> None:
    assert made.delete()
    assert not made.path.exists()
    assert made.path.parent.is_dir()


def test_delete_through_a_link_empties_the_place_it_points_to(made: DatabaseFolder, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(made.path)
    assert DatabaseFolder(link).delete()
    assert not made.path.exists()


def test_an_interrupted_deletion_leaves_no_database_that_looks_whole(
    made: DatabaseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(shutil, "rmtree", interrupt)
        made.delete()
    assert made.identity() == Identity(port=23456, complete=False)
    assert made.delete()
    assert not made.path.exists()


@pytest.mark.parametrize("content", [None, "", "\n", "pässword"])
def test_a_lost_password_is_one_sentence(made: DatabaseFolder, content: str | None) -> None:
    made.password_file.unlink()
    if content is not None:
        made.password_file.write_text(content, encoding="utf-8")
    with pytest.raises(ServerError, match="the password of the database is lost"):
        made.password()


def test_size_counts_every_file(made: DatabaseFolder) -> None:
    before = made.size()
    (made.path / "data" / "more").write_bytes(bytes(500))
    assert made.size() == before + 500


def test_only_one_command_holds_the_lock(made: DatabaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LOCK_PATIENCE", 0.2)
    with made.locked():
        assert _try_lock(made.path, 0.2) == "busy"
    assert _try_lock(made.path, 0.2) == "free"


def test_a_full_disk_is_seen_before_the_start(tmp_path: Path) -> None:
    need_room(tmp_path, 1)
    with pytest.raises(ServerError, match="too little space left on the disk: expected 1000000000000 MB"):
        need_room(tmp_path, 10**18)


def _try_lock(path: Path, patience: float) -> str:
    """What another process says that wants the lock."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        said: str = pool.apply(_lock, (path, patience))
    return said


def _lock(path: Path, patience: float) -> str:
    folder_module.LOCK_PATIENCE = patience
    try:
        with DatabaseFolder(path).locked():
            return "free"
    except Busy:
        return "busy"
