"""The quickstart's way over the network: every official address answered by a web server of our own."""

from __future__ import annotations

import gzip
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dcell_graph.errors import FetchError
from dcell_graph.measurements.storage import read_dataset
from dcell_graph.quickstart import find_data, import_strains
from dcell_graph.settings import Settings
from dcell_graph.sources.catalogue import VARIABLE, Kind, Source, load_catalogue
from dcell_graph.sources.world import preset, write_world

PAIRWISE = (
    "Query Strain ID\tQuery allele name\tArray Strain ID\tArray allele name\tArraytype/Temp\t"
    "Genetic interaction score (ε)\tP-value\tQuery single mutant fitness (SMF)\tArray SMF\tDouble mutant fitness\t"
    "Double mutant fitness standard deviation\n"
)
FOLDER = "Data File S1. Raw genetic interaction datasets: Pair-wise interaction format"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """What the server gives: below a folder for each host."""
    (tmp_path / "pages").mkdir()
    return tmp_path / "pages"


@pytest.fixture
def settings(tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings without a mirror folder; all addresses of the catalogue lead to the server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(pages))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        root = f"http://127.0.0.1:{server.server_address[1]}"
        entries = [entry(source, root) for source in load_catalogue().source if source.addresses]
        (tmp_path / "own.toml").write_text("format = 1\n" + "".join(entries), encoding="utf-8")
        monkeypatch.setenv(VARIABLE, str(tmp_path / "own.toml"))
        yield Settings(home=tmp_path / "home", cache=tmp_path / "cache", mirror=None)
        server.shutdown()
        thread.join()


def entry(source: Source, root: str) -> str:
    """A catalogue entry as it is, but with addresses ``<root>/<host>/<path>``."""
    fields = source.model_dump(exclude_defaults=True, exclude={"mirror"})
    fields["addresses"] = [re.sub(r"^https?:/", root, address) for address in source.addresses]
    return "\n[[source]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())


def place(pages: Path, key: str, kind: Kind) -> Path:
    """Where the server has the file of an entry of the catalogue in use."""
    address = load_catalogue().find(key, kind).addresses[0]
    path = pages / unquote(urlsplit(address).path).lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def fill(pages: Path, folder: Path) -> dict[str, float]:
    """Lay a generated world out as the official sites would; gives the strains of its pairwise table."""
    world = write_world(preset("tiny"), folder)
    ontology = re.sub(r"(?m)^data-version: .*$", "data-version: releases/2019-10-07", world.ontology.read_text())
    place(pages, "go-basic-2019-10-07", "ontology").write_text(ontology)
    place(pages, "sgd/2019-10-07", "annotations").write_bytes(gzip.compress(world.sgd_gaf.read_bytes()))
    place(pages, "goa-yeast-current", "annotations").write_bytes(gzip.compress(world.goa_gaf.read_bytes()))
    place(pages, "sgd-features", "genes").write_bytes(world.features.read_bytes())
    place(pages, "go-current", "ontology").write_text("only asked whether it is there")
    place(pages, "sgd-current", "annotations").write_text("likewise")

    pairs = [row.split() for row in world.pairs.read_text().splitlines() if not row.startswith("#")]
    rows = [f"{a}_sn1\ta\t{b}_dma2\tb\tDMA30\t{score}\t0.5\t\t1.0\t0.9\t0.03\n" for _, a, b, score in pairs]
    with zipfile.ZipFile(place(pages, "costanzo-2016", "measurements"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{FOLDER}/SGA_ExE.txt", PAIRWISE)
        archive.writestr(f"{FOLDER}/SGA_NxN.txt", PAIRWISE + "".join(rows))
    return {"+".join(sorted((a, b))): float(score) for _, a, b, score in pairs}


def test_every_file_is_fetched_and_the_strains_are_imported(settings: Settings, pages: Path, tmp_path: Path) -> None:
    strains = fill(pages, tmp_path / "world")
    assert len(strains) > 50
    data = find_data(settings, generated=False)

    assert data.origin == "real files from the official addresses"
    assert data.prefix == ""
    fetched = [data.ontology, *data.annotations.values(), *data.compared.values(), data.genome, data.strains]
    wanted = [path for path in pages.rglob("*") if path.is_file() and "current.geneontology.org" not in path.parts]
    assert sorted(path.read_bytes() for path in fetched) == sorted(path.read_bytes() for path in wanted)
    assert all(path.is_relative_to(settings.downloads) for path in fetched)

    made = import_strains(settings, data)
    assert dict(zip(made.strains["strain"], made.strains["phenotype"], strict=True)) == strains
    manifest = read_dataset(settings.datasets / "costanzo-2016").manifest
    assert (manifest.source.path, manifest.source.member) == (str(data.strains), "SGA_NxN.txt")
    assert (manifest.source.table_format, manifest.phenotype) == ("sga-pairwise", "score")
    assert manifest.sample is not None
    assert manifest.sample.limit == 10_000
    assert (manifest.counts.rows_read, manifest.counts.refused, manifest.counts.left_out) == (len(strains), 0, 0)


def test_a_moved_archive_is_an_error_and_no_reason_to_make_up_data(
    settings: Settings, pages: Path, tmp_path: Path
) -> None:
    fill(pages, tmp_path / "world")
    place(pages, "costanzo-2016", "measurements").write_text("<!DOCTYPE html>\n<html><body>moved</body></html>\n")

    with pytest.raises(FetchError, match=r"costanzo-2016 .* cannot be had: .*\.zip is a web page") as refused:
        find_data(settings, generated=False)
    assert "thecellmap.org" in str(refused.value)
    assert not list((settings.downloads / "costanzo-2016").iterdir())


def test_an_unreachable_network_is_told_by_two_addresses(settings: Settings, pages: Path, tmp_path: Path) -> None:
    fill(pages, tmp_path / "world")
    place(pages, "sgd-current", "annotations").unlink()
    assert find_data(settings, generated=False).prefix == "generated-"
