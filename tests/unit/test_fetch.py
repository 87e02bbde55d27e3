"""Fetching: against a web server of our own on the loopback address, and mirror folders made by hand."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dcell_graph.errors import FetchError, SettingsError
from dcell_graph.settings import Settings
from dcell_graph.sources.catalogue import Catalogue, MirrorFile, Source, load_catalogue
from dcell_graph.sources.download import Patience
from dcell_graph.sources.fetch import network_available, resolve
from dcell_graph.sources.sidecar import FetchedFile

OBO = "format-version: 1.2\ndata-version: releases/2018-06-01\nontology: go\n\n[Term]\nid: GO:0008150\nname: b\n" + (
    "! padding\n" * 60_000
)
GAF_ROW = "SGD\tS000990001\tAAA1\t\tGO:9000002\tPMID:99000001\tIDA\t\tP\t\t\tprotein\ttaxon:559292\t20180101\tSGD\t\t\n"
QUICK = Patience(connect=2, read=2, backoff=(0.01, 0.01), other_process=5)


@dataclass
class Page:
    """What the server has at one path."""

    body: bytes
    status: int = 200
    etag: str | None = '"one"'
    last_modified: str | None = None
    cut_after: list[int] = field(default_factory=list)  # bytes after which the next answers break off
    wait: float = 0.0
    announces_size: bool = True


class Site(ThreadingHTTPServer):
    """A web server that keeps a list of what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, Page] = {}
        self.ranges: list[str | None] = []
        self.sent = 0

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path, Page(body=b"<html><body>no such page</body></html>", status=404))
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        time.sleep(page.wait)
        # The first question only looks at the header; breaking off is meant for the answers that are read. Decided
        # before the header goes out: the next question may come while this answer is still being written.
        cut = page.cut_after.pop(0) if page.cut_after and len(self.server.ranges) > 1 else None
        start = 0
        if asked is not None and self.headers.get("If-Range") in (page.etag, page.last_modified):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else page.status)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(page.body) - 1}/{len(page.body)}")
        if page.etag is not None:
            self.send_header("ETag", page.etag)
        if page.last_modified is not None:
            self.send_header("Last-Modified", page.last_modified)
        if page.announces_size:
            self.send_header("Content-Length", str(len(page.body) - start))
        self.end_headers()
        body = page.body[start:]
        if cut is not None:
            body = body[:cut]
            self.close_connection = True
        try:
            self.wfile.write(body)
            self.server.sent += len(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_HEAD(self) -> None:
        self.send_response(200 if self.path in self.server.pages else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache", mirror=None)


def catalogue(*addresses: str, mirror: tuple[MirrorFile, ...] = (), **more: object) -> Catalogue:
    entry: dict[str, object] = {
        "key": "go-2018-06-01",
        "kind": "ontology",
        "title": "a test",
        "licence": "none",
        "format": "obo",
    }
    entry |= {"release": "2018-06-01", "addresses": addresses, "mirror": mirror} | more
    return Catalogue.model_validate({"format": 1, "source": (Source.model_validate(entry),)})


def fetch(catalogue: Catalogue, settings: Settings, name: str = "go-2018-06-01", refresh: bool = False) -> FetchedFile:
    source = catalogue.source[0]
    return resolve(name, source.kind, settings=settings, catalogue=catalogue, patience=QUICK, refresh=refresh)


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_is_downloaded_whole_with_its_origin(site: Site, settings: Settings) -> None:
    site.pages["/ontology/go.obo"] = Page(OBO.encode())
    steps: list[tuple[str, int, int | None]] = []
    address = site.address("/ontology/go.obo")
    fetched = resolve(
        "2018-06-01",
        "ontology",
        settings=settings,
        catalogue=catalogue(address),
        progress=lambda step, done, total: steps.append((step, done, total)),
        patience=QUICK,
    )
    assert fetched.source == "download"
    assert fetched.path.read_bytes() == OBO.encode()
    assert (fetched.address, fetched.size, fetched.sha256) == (address, len(OBO), sha256(OBO.encode()))
    assert fetched.release_found == "2018-06-01"
    assert steps[-1] == ("fetch go.obo", len(OBO), len(OBO))
    assert [step[1] for step in steps] == sorted(step[1] for step in steps)
    assert files_below(settings.downloads) == ["go-2018-06-01/go.obo", "go-2018-06-01/go.obo.source.json"]
    note = json.loads(fetched.path.with_name("go.obo.source.json").read_text())
    assert note["sha256"] == fetched.sha256
    assert note["etag"] == '"one"'


def test_a_fetched_file_is_used_again_without_network(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode())
    known = catalogue(site.address("/go.obo"))
    first = fetch(known, settings)
    site.pages.clear()
    asked = len(site.ranges)
    again = fetch(known, settings)
    assert again.source == "cache"
    assert (again.path, again.sha256, again.fetched_at) == (first.path, first.sha256, first.fetched_at)
    assert len(site.ranges) == asked


def test_a_download_goes_on_after_a_cut(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode(), cut_after=[200_000, 100_000])
    fetched = fetch(catalogue(site.address("/go.obo")), settings)
    assert fetched.path.read_bytes() == OBO.encode()
    assert site.ranges == [None, None, "bytes=200000-", "bytes=300000-"]


def test_a_later_run_goes_on_where_an_earlier_one_gave_up(site: Site, settings: Settings) -> None:
    page = site.pages["/go.obo"] = Page(OBO.encode(), cut_after=[100_000, 1, 1])
    with pytest.raises(FetchError, match=r"go\.obo cannot be reached: the connection failed or broke"):
        fetch(catalogue(site.address("/go.obo")), settings)
    (left,) = files_below(settings.downloads)
    assert left.endswith(".part")
    assert (settings.downloads / left).stat().st_size == 100_002
    page.cut_after = []
    fetched = fetch(catalogue(site.address("/go.obo")), settings)
    assert site.ranges[-1] == "bytes=100002-"
    assert fetched.sha256 == sha256(OBO.encode())
    assert files_below(settings.downloads) == ["go-2018-06-01/go.obo", "go-2018-06-01/go.obo.source.json"]


@pytest.mark.parametrize("etag", ['"two"', 'W/"two"', None])
def test_the_beginning_of_another_version_is_not_continued(site: Site, settings: Settings, etag: str | None) -> None:
    site.pages["/go.obo"] = Page(OBO.encode(), cut_after=[100_000, 0, 0])
    with pytest.raises(FetchError):
        fetch(catalogue(site.address("/go.obo")), settings)
    newer = OBO.replace("name: b", "name: c").encode()
    site.pages["/go.obo"] = Page(newer, etag=etag)
    fetched = fetch(catalogue(site.address("/go.obo")), settings)
    assert fetched.path.read_bytes() == newer
    assert site.ranges[-1] is None
    assert len(files_below(settings.downloads)) == 2


def test_without_a_version_a_download_starts_anew(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode(), etag=None, cut_after=[200_000])
    assert fetch(catalogue(site.address("/go.obo")), settings).path.read_bytes() == OBO.encode()
    assert site.ranges == [None, None, None]


def test_a_date_of_change_is_enough_to_go_on(site: Site, settings: Settings) -> None:
    changed = "Fri, 01 Jun 2018 10:00:00 GMT"
    site.pages["/go.obo"] = Page(OBO.encode(), etag='W/"weak"', last_modified=changed, cut_after=[200_000])
    assert fetch(catalogue(site.address("/go.obo")), settings).path.read_bytes() == OBO.encode()
    assert site.ranges == [None, None, "bytes=200000-"]


def test_a_file_of_another_release_is_refused(site: Site, settings: Settings) -> None:
    site.pages["/2018-06-01/go.obo"] = Page(OBO.replace("2018-06-01", "2018-05-01").encode())
    with pytest.raises(
        FetchError, match=r"2018-06-01/go\.obo is not the release .*expected 2018-06-01, found 2018-05-01"
    ):
        fetch(catalogue(site.address("/2018-06-01/go.obo")), settings)
    assert files_below(settings.downloads) == []


def test_a_recorded_release_is_kept_under_what_the_file_says(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.replace("2018-06-01", "2018-05-30").encode())
    fetched = fetch(catalogue(site.address("/go.obo"), check="recorded"), settings)
    assert fetched.release_found == "2018-05-30"
    assert fetch(catalogue(site.address("/go.obo"), check="recorded"), settings).release_found == "2018-05-30"


def test_the_next_address_is_tried_and_all_are_named(site: Site, settings: Settings) -> None:
    site.pages["/b/go.obo"] = Page(OBO.encode())
    known = catalogue(site.address("/a/go.obo"), site.address("/b/go.obo"))
    assert fetch(known, settings).address == site.address("/b/go.obo")
    gone = catalogue(site.address("/c/go.obo"), site.address("/d/go.obo"), key="gone")
    with pytest.raises(FetchError) as refused:
        fetch(gone, settings, "gone")
    for path in ("/c/go.obo", "/d/go.obo"):
        assert f"{site.address(path)} gives no file: expected status 200, found status 404" in str(refused.value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE HTML>\n<html><head><title>301 Moved Permanently</title></head></html>", "is a web page"),
        (b'<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>', "is a web page or an error message"),
        (b"", "is empty"),
        (b"format-version: 1.2\ndata-version: releases/2018-06-01\n", "is not a obo file"),
        (gzip.compress(OBO.encode())[:-200], "is damaged"),
    ],
)
def test_what_is_no_ontology_is_refused(site: Site, settings: Settings, body: bytes, reason: str) -> None:
    site.pages["/go.obo"] = Page(body)
    with pytest.raises(FetchError, match=reason):
        fetch(catalogue(site.address("/go.obo")), settings)
    assert files_below(settings.downloads) == []


def test_a_compressed_file_is_stored_as_sent(site: Site, settings: Settings) -> None:
    packed = gzip.compress(f"!gaf-version: 2.2\n!date-generated: 2018-06-02\n{GAF_ROW}".encode(), mtime=0)
    site.pages["/sgd.gaf.gz"] = Page(packed, announces_size=False)
    known = catalogue(site.address("/sgd.gaf.gz"), key="sgd-x", kind="annotations", format="gaf", release="2018-06-02")
    fetched = fetch(known, settings, "sgd-x")
    assert fetched.path.name == "sgd.gaf.gz"
    assert fetched.path.read_bytes() == packed
    assert fetched.release_found == "2018-06-02"


def test_the_checksum_of_the_catalogue_is_compared(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode())
    with pytest.raises(FetchError, match=r"gives another file than the catalogue says: expected sha256 0000"):
        fetch(catalogue(site.address("/go.obo"), sha256="0" * 64), settings)
    assert files_below(settings.downloads) == []
    right = catalogue(site.address("/go.obo"), sha256=sha256(OBO.encode()))
    assert fetch(right, settings).source == "download"


def test_a_damaged_file_is_fetched_again_and_has_to_be_the_same(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode())
    known = catalogue(site.address("/go.obo"))
    first = fetch(known, settings)
    first.path.write_bytes(b"something else")
    again = fetch(known, settings)
    assert (again.source, again.sha256) == ("download", first.sha256)
    assert again.path.read_bytes() == OBO.encode()
    again.path.unlink()
    site.pages["/go.obo"] = Page(OBO.replace("name: b", "name: c").encode(), etag='"two"')
    with pytest.raises(FetchError, match="gives another file than on 20") as refused:
        fetch(known, settings)
    assert "go.obo.source.json" in str(refused.value)


def test_a_moving_address_keeps_its_file_until_asked_to_refresh(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode())
    known = catalogue(site.address("/go.obo"), key="go-current", moving=True, release=None)
    first = fetch(known, settings, "go-current")
    # As if it had been fetched on an earlier day.
    earlier = first.path.parent.with_name("2018-06-30")
    first.path.parent.rename(earlier)
    newer = OBO.replace("2018-06-01", "2018-07-02").encode()
    site.pages["/go.obo"] = Page(newer, etag='"two"')
    assert fetch(known, settings, "go-current").release_found == "2018-06-01"
    refreshed = fetch(known, settings, "go-current", refresh=True)
    assert (refreshed.source, refreshed.release_found) == ("download", "2018-07-02")
    assert fetch(known, settings, "go-current").release_found == "2018-07-02"
    assert (earlier / "go.obo").read_bytes() == OBO.encode()


def test_no_network_names_the_address_and_the_way_out(settings: Settings) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    known = catalogue(f"http://127.0.0.1:{port}/go.obo", mirror=(MirrorFile(path="go/go.obo.gz"),))
    with pytest.raises(FetchError) as refused:
        fetch(known, settings)
    message = str(refused.value)
    assert f"http://127.0.0.1:{port}/go.obo cannot be reached: the connection was refused" in message
    assert "put it as go/go.obo.gz into a folder that DCELL_GRAPH_MIRROR names" in message
    assert "\n" not in message
    assert files_below(settings.home) == []


def test_an_unknown_host_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_host(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    with pytest.raises(
        FetchError, match=r"http://nowhere\.invalid/go\.obo cannot be reached: its host name is not known"
    ):
        fetch(catalogue("http://nowhere.invalid/go.obo"), settings)


def test_a_server_that_does_not_answer_is_given_up(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode(), wait=1.0)
    hasty = Patience(connect=0.2, read=0.2, backoff=(0.01,), other_process=1)
    with pytest.raises(FetchError, match=r"did not answer within 0\.2 s"):
        resolve(
            "go-2018-06-01",
            "ontology",
            settings=settings,
            catalogue=catalogue(site.address("/go.obo")),
            patience=hasty,
        )
    assert len(site.ranges) == 2


def test_an_interrupt_leaves_the_beginning_only(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode())

    def interrupt(step: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    known = catalogue(site.address("/go.obo"))
    with pytest.raises(KeyboardInterrupt):
        resolve("go-2018-06-01", "ontology", settings=settings, catalogue=known, progress=interrupt, patience=QUICK)
    (left,) = files_below(settings.downloads)
    assert left.endswith(".part")
    assert fetch(known, settings).path.read_bytes() == OBO.encode()
    assert site.ranges[-1] is not None


def test_two_downloads_of_one_file_at_once_give_one_whole_file(site: Site, settings: Settings) -> None:
    site.pages["/go.obo"] = Page(OBO.encode(), wait=0.2)
    known = catalogue(site.address("/go.obo"))
    results: list[FetchedFile] = []
    threads = [threading.Thread(target=lambda: results.append(fetch(known, settings))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.sha256 for result in results] == [sha256(OBO.encode())] * 3
    assert sorted(result.source for result in results) == ["cache", "cache", "download"]
    assert files_below(settings.downloads) == ["go-2018-06-01/go.obo", "go-2018-06-01/go.obo.source.json"]


def test_a_mirror_folder_is_asked_first(site: Site, settings: Settings, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    packed = gzip.compress(OBO.encode(), mtime=0)
    (mirror / "go").mkdir(parents=True)
    (mirror / "go" / "go-x.obo.gz").write_bytes(packed)
    listed = (MirrorFile(path="go/go-x.obo.gz", sha256=sha256(packed)),)
    with_mirror = settings.model_copy(update={"mirror": mirror})
    fetched = fetch(catalogue(site.address("/go.obo"), mirror=listed), with_mirror)
    assert (fetched.source, fetched.path) == ("mirror", mirror / "go" / "go-x.obo.gz")
    assert (fetched.sha256, fetched.size) == (sha256(packed), len(packed))
    assert fetched.release_found == "2018-06-01"
    assert site.ranges == []
    assert not settings.home.exists()


@pytest.mark.parametrize("place", ["go/go-x.obo", "go-x.obo.gz", "go-x.obo"])
def test_a_mirror_file_is_found_unpacked_and_without_folder(settings: Settings, tmp_path: Path, place: str) -> None:
    path = tmp_path / "mirror" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(OBO.encode(), mtime=0) if place.endswith("gz") else OBO.encode())
    listed = (MirrorFile(path="go/go-x.obo.gz", sha256=sha256(gzip.compress(OBO.encode(), mtime=0))),)
    with_mirror = settings.model_copy(update={"mirror": tmp_path / "mirror"})
    assert fetch(catalogue(mirror=listed), with_mirror).path == path


def test_a_mirror_without_the_file_says_what_was_looked_for(settings: Settings, tmp_path: Path) -> None:
    with_mirror = settings.model_copy(update={"mirror": tmp_path})
    listed = (MirrorFile(path="go/go-x.obo.gz"),)
    with pytest.raises(FetchError) as refused:
        fetch(catalogue(mirror=listed, page="https://example.org/list"), with_mirror)
    message = str(refused.value)
    assert f"the mirror folder {tmp_path} has no go/go-x.obo.gz or go-x.obo.gz or go/go-x.obo or go-x.obo" in message
    assert "no official address is known for it" in message
    assert "get it from https://example.org/list" in message


def test_a_wrong_mirror_file_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "go-x.obo").write_text(OBO)
    with_mirror = settings.model_copy(update={"mirror": tmp_path})
    with pytest.raises(
        FetchError, match=r"go-x\.obo: the file of the mirror folder is not the one .*expected sha256 0000"
    ):
        fetch(catalogue(mirror=(MirrorFile(path="go-x.obo", sha256="0" * 64),)), with_mirror)
    with pytest.raises(FetchError, match=r"expected 2018-07-01, found 2018-06-01"):
        fetch(catalogue(mirror=(MirrorFile(path="go-x.obo"),), release="2018-07-01"), with_mirror)


def test_a_mirror_folder_that_does_not_exist_is_an_error(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the mirror folder does not exist"):
        fetch(catalogue("http://nowhere.invalid/go.obo"), settings.model_copy(update={"mirror": tmp_path / "no"}))


def test_the_network_is_there_when_every_entry_answers(site: Site) -> None:
    site.pages["/a"] = Page(b"")
    known = Catalogue.model_validate(
        {
            "format": 1,
            "source": (
                *catalogue(site.address("/no"), site.address("/a"), key="a").source,
                *catalogue(site.address("/b"), key="b").source,
            ),
        }
    )
    assert network_available(known, ["a"])
    assert not network_available(known, ["a", "b"], seconds=0.5)
    assert not network_available(known, ["unknown"], seconds=0.5)
    assert not network_available(known, seconds=0.5)
    site.pages["/b"] = Page(b"")
    assert network_available(known, ["a", "b"])


def test_the_network_check_gives_up_on_a_silent_server() -> None:
    with socket.socket() as silent_server:
        silent_server.bind(("127.0.0.1", 0))
        silent_server.listen()
        known = catalogue(f"http://127.0.0.1:{silent_server.getsockname()[1]}/go.obo")
        assert not network_available(known, ["go-2018-06-01"], seconds=0.3)


@pytest.mark.real_data
def test_every_listed_file_of_a_real_mirror_is_found(mirror: Path, settings: Settings) -> None:
    shipped = load_catalogue()
    with_mirror = settings.model_copy(update={"mirror": mirror})
    listed = [source for source in shipped.source if source.mirror and source.mirror[0].sha256]
    assert len(listed) == 14
    for source in listed:
        fetched = resolve(source.key, source.kind, settings=with_mirror, catalogue=shipped)
        assert fetched.source == "mirror"
        assert fetched.sha256 == source.mirror[0].sha256
        assert fetched.release_found == source.release or source.release is None
