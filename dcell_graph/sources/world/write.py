"""Write a generated world as a folder laid out like a mirror folder: whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from dcell_graph.errors import Conflict, writing
from dcell_graph.sources.world.annotations import plan_annotations
from dcell_graph.sources.world.config import WorldConfig
from dcell_graph.sources.world.gaf import goa_lines, sgd_lines
from dcell_graph.sources.world.genes import Gene, feature_lines, gene_list_lines, make_genes
from dcell_graph.sources.world.ontology import make_ontology, obo_lines
from dcell_graph.sources.world.planted import Plan, make_plan
from dcell_graph.sources.world.strains import pair_lines, screens, trigenic_header, trigenic_lines
from dcell_graph.sources.world.truth import (
    StrainTally,
    annotations_truth,
    genes_truth,
    model_truth,
    ontology_truth,
)
from dcell_graph.types import Progress, silent

GENERATOR = 1
"""Raised when the same configuration gives other files than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFiles:
    """The files of a generated world.

    Args:
        ontology: OBO 1.2.
        sgd_gaf: GAF 2.1, keyed by SGDID.
        goa_gaf: GAF 2.1, keyed by protein accession.
        features: like SGD_features.tab.
        gene_list: the genes that some strain lacks.
        trigenic: all strains, SGA trigenic format.
        pairs: the double mutants, text format of the original DCell.
        truth: what was planted, JSON.
    """

    folder: Path
    ontology: Path
    sgd_gaf: Path
    goa_gaf: Path
    features: Path
    gene_list: Path
    trigenic: Path
    pairs: Path
    truth: Path


def files_of(config: WorldConfig, folder: Path) -> WorldFiles:
    """Where the files of a world lie in its folder."""
    return WorldFiles(
        folder=folder,
        ontology=folder / "go" / f"go-{config.release}.obo",
        sgd_gaf=folder / "gaf" / f"sgd-{config.release}.gaf",
        goa_gaf=folder / "gaf" / f"goa_yeast-{config.release}.gaf",
        features=folder / "genome" / "SGD_features.tab",
        gene_list=folder / "genome" / "screened_genes.txt",
        trigenic=folder / "phenotype" / "sga-trigenic.tsv",
        pairs=folder / "phenotype" / "dcell-pairs.txt",
        truth=folder / "truth.json",
    )


def write_world(config: WorldConfig, folder: Path, *, progress: Progress = silent) -> WorldFiles:
    """Write a world into a new folder; the same configuration gives the same bytes.

    A folder that already holds this world is left as it is. Memory does not grow with the number of strains.

    Args:
        config: size and seed.
        folder: must not exist, be empty, or hold the same world.
        progress: told the number of strains written.

    Raises:
        Conflict: the folder holds something else.
    """
    files = files_of(config, folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        _same_or_refuse(config, files)
        return files
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with writing(folder):
            _write_all(config, files_of(config, scratch), progress)
            scratch.chmod(0o755)
            try:
                scratch.rename(folder)  # an empty folder makes room
            except OSError:
                if not folder.is_dir():
                    raise
                _same_or_refuse(config, files)  # another command was faster
                shutil.rmtree(scratch)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return files


def _write_all(config: WorldConfig, files: WorldFiles, progress: Progress) -> None:
    ontology, genes = make_ontology(config), make_genes(config)
    plan = make_plan(config, ontology)
    annotations = plan_annotations(config, ontology, plan)
    screened = [genes[gene].systematic for pool in (plan.query_genes, plan.array_genes) for gene in pool.tolist()]
    for path, lines in (
        (files.ontology, obo_lines(ontology, config)),
        (files.sgd_gaf, sgd_lines(annotations, ontology, genes, config)),
        (files.goa_gaf, goa_lines(annotations, ontology, genes, config)),
        (files.features, feature_lines(genes, config)),
        (files.gene_list, gene_list_lines(screened, config)),
    ):
        with _text_file(path) as file:
            file.writelines(lines)
            _flush(file)
    tally = _write_strains(config, plan, genes, files, progress)
    truth = {
        "world": _identity(config),
        "ontology": ontology_truth(ontology),
        "genes": genes_truth(genes, plan),
        "annotations": annotations_truth(annotations),
        "strains": tally.truth(),
        "model": model_truth(plan, ontology, genes),
        "files": {path.relative_to(files.folder).as_posix(): _sha256(path) for path in _tables(files)},
    }
    with _text_file(files.truth) as file:
        json.dump(truth, file, indent=1)
        file.write("\n")
        _flush(file)


def _write_strains(
    config: WorldConfig, plan: Plan, genes: list[Gene], files: WorldFiles, progress: Progress
) -> StrainTally:
    tally = StrainTally()
    with ExitStack() as stack:
        trigenic, pairs = (stack.enter_context(_text_file(path)) for path in (files.trigenic, files.pairs))
        trigenic.write(trigenic_header(config))
        pairs.write(f"# {config.remark}\n")
        for screen in screens(config, plan):
            trigenic.writelines(trigenic_lines(screen, genes))
            pairs.writelines(pair_lines(screen, genes))
            tally.add(screen)
            progress("write strains", tally.rows, config.n_strains)
        _flush(trigenic)
        _flush(pairs)
    return tally


def _identity(config: WorldConfig) -> dict[str, Any]:
    return {
        "about": config.remark,
        "generator": GENERATOR,
        "release": config.release,
        "seed": config.seed,
        "terms": config.n_terms,
        "genes": config.n_genes,
        "strains": config.n_strains,
    }


def _same_or_refuse(config: WorldConfig, files: WorldFiles) -> None:
    try:
        truth = json.loads(files.truth.read_text(encoding="utf-8"))
        found, stamps = truth["world"], truth["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise Conflict(
            f"the folder {files.folder} is not empty and holds no generated world", hint="name another folder"
        ) from None
    if found != _identity(config):
        raise Conflict(
            f"the folder {files.folder} holds another generated world",
            expected=_sentence(_identity(config)),
            found=_sentence(found),
            hint="name another folder",
        )
    damaged = [
        path
        for path in _tables(files)
        if not path.is_file() or stamps.get(path.relative_to(files.folder).as_posix()) != _sha256(path)
    ]
    if damaged:
        raise Conflict(
            "a file of this generated world was changed or is missing",
            path=damaged[0],
            hint="delete the folder to have it written again",
        )


def _sentence(identity: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in identity.items() if name != "about")


def _tables(files: WorldFiles) -> list[Path]:
    return [
        files.ontology,
        files.sgd_gaf,
        files.goa_gaf,
        files.features,
        files.gene_list,
        files.trigenic,
        files.pairs,
    ]


def _text_file(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("w", encoding="utf-8", newline="\n")


def _flush(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
