"""A small generated world under the names that the documentation uses, so that its commands can be run."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from dcell_graph.sources import catalogue
from dcell_graph.sources.world import WorldFiles, preset, write_world
from tests.measured_tables import PAIRWISE_HEADER

# What things of the generated world are called instead.
_NAMES = {
    "GO:9000029": "GO:0006281",
    "GO:9000019": "GO:0006260",
    "GO:9000034": "GO:0006302",
    "GO:9000002": "GO:0000730",
    "GO:9000044": "GO:0046403",
    "YKL622C": "YER095W",
    "QZB1": "RAD51",
    "YNL897C": "YML032C",
    "QZF1": "RAD52",
}
_NAME = re.compile("|".join(rf"\b{name}\b" for name in _NAMES))
_DAYS = {"sgd-2011-12-24": "2011-12-24", "goa_yeast-2016-10-03": "2016-10-03", "goa_yeast-2019-10-15": "2019-10-15"}
SWEEP = """snapshot = "mine"
dataset = "sga-trigenic-small"
epochs = 2

[grid]
lr = [0.001, 0.01]
"""


def write_documented_world(folder: Path) -> Path:
    """Write the files that the commands of the documentation read, and the mirror folder ``path/to/mirror``.

    Args:
        folder: where the commands are run.

    Returns:
        A catalogue without checksums, since the content of the files is another one.
    """
    world = write_world(preset("tiny", seed=1, n_strains=400), folder / "made")
    files = {f"{name}.gaf.gz": _dated(world, name, day) for name, day in _DAYS.items()}
    files["go-2016-12-06.obo.gz"] = _renamed(world.ontology).replace(
        "data-version: generated-tiny-1", "data-version: releases/2016-12-06"
    )
    files["SGD_features.tab.gz"] = _renamed(world.features)
    files["sga-trigenic-small.tsv.gz"] = _renamed(world.trigenic)
    mirror = folder / "path" / "to" / "mirror"
    mirror.mkdir(parents=True)
    (mirror / "phenotype").mkdir()
    for name, text in files.items():
        place = mirror / "phenotype" if name.endswith(".tsv.gz") else mirror
        (place / name).write_bytes(gzip.compress(text.encode(), mtime=0))
    pairs = [line for line in _renamed(world.pairs).splitlines() if not line.startswith("#")]
    (folder / "train.txt").write_text("".join(f"{line}\n" for line in pairs[20:]))
    (folder / "test.txt").write_text("".join(f"{line}\n" for line in pairs[:20]))
    (folder / "strains.tsv").write_text("gene_a\tgene_b\nYER095W\tYML032C\nRAD51\tYBL730W\n")
    half = len(pairs) // 2
    for name, some in (("SGA_NxN.txt", pairs[:half]), ("SGA_ExE.txt", pairs[half:])):
        (folder / name).write_text(_pairwise(some))
    (folder / "rates.toml").write_text(SWEEP)
    (folder / "question.cypher").write_text("MATCH (t:Term) RETURN count(t) AS terms")
    shipped = Path(catalogue.__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    listed = folder / "catalogue.toml"
    listed.write_text(re.sub(r', sha256 = "[0-9a-f]{64}"|^sha256 = .*\n', "", shipped, flags=re.MULTILINE))
    return listed


def _renamed(path: Path) -> str:
    return _NAME.sub(lambda found: _NAMES[found[0]], path.read_text(encoding="utf-8"))


def _dated(world: WorldFiles, name: str, day: str) -> str:
    text = _renamed(world.sgd_gaf if name.startswith("sgd") else world.goa_gaf)
    lines = re.sub(r"^!Generated: .*$", f"!Generated: {day} 00:00", text, flags=re.MULTILINE).splitlines()
    # A file holds no row of a later day, and the earlier one of two is otherwise the same.
    kept = [line for line in lines if line.startswith("!") or line.split("\t")[13] <= day.replace("-", "")]
    return "".join(f"{line}\n" for line in kept)


def _pairwise(pairs: list[str]) -> str:
    rows = [line.split() for line in pairs]
    lines = [
        f"{first}_sn1\tx\t{second}_dma1\ty\tDMA30\t{score}\t0.01\t1\t1\t1\t0.02" for _, first, second, score in rows
    ]
    return "\n".join([PAIRWISE_HEADER, *lines]) + "\n"
