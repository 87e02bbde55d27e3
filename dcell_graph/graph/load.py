"""Loads files into the graph: ontology releases, annotation files, genomes, gene lists.

Each load reads and judges the whole file before it touches the database, holds the write lock, and becomes visible in
its last transaction. Whatever interrupts it, nothing of it stays.
"""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.graph import discard, records
from dcell_graph.graph.lock import write_lock
from dcell_graph.graph.records import AS_ANNOTATED, WORDS
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.sources.gaf import AnnotationFile, read_gaf
from dcell_graph.sources.genome import Gene, read_features, read_gene_list
from dcell_graph.sources.identity import ProductNames, Resolver
from dcell_graph.sources.obo import read_obo
from dcell_graph.types import FileStamp, Finding, Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What a load did.

    Args:
        kind: Release, AnnotationFile, Genome or GeneList.
        name: under which it is stored.
        already: True when the same content was there and nothing was done.
        counts: numbers by what they count.
        findings: numbers of findings by ``outcome: reason``.
    """

    kind: str
    name: str
    already: bool
    counts: dict[str, int]
    findings: dict[str, int]


def load_ontology(runner: Runner, path: Path, *, release: str | None = None, progress: Progress = silent) -> LoadResult:
    """Load an ontology release under the name that its header gives.

    Args:
        runner: of the database.
        path: OBO file, plain or gzip.
        release: what the user says it is; needed if the header does not say, checked if it does.
        progress: told about each batch.

    Raises:
        FileRefused: the file is not a usable ontology.
        Conflict: the release is loaded with other content.
    """
    ontology = read_obo(path, release=release)
    rows = records.ontology_rows(ontology)
    name = ontology.release
    properties = {
        **_file_properties(name, ontology.stamp, rows.content(), ontology.generated),
        "release_from": ontology.release_from,
        "date": ontology.release_date,
    }

    def work() -> None:
        runner.write("load/release_open", properties=properties)
        runner.write_rows("load/terms", rows.terms, release=name, progress=progress)
        runner.write_rows("load/edges", rows.edges, release=name, progress=progress)
        runner.write_rows("load/alt_ids", rows.alt_ids, release=name, progress=progress)
        runner.write_rows("load/successors", rows.successors, release=name, progress=progress)

    return _load(runner, "Release", properties, ontology.findings, work, "load/release_ready")


def load_annotations(runner: Runner, path: Path, *, name: str, progress: Progress = silent) -> LoadResult:
    """Load an annotation file and find the genes of its products in every loaded genome.

    Args:
        runner: of the database.
        path: GAF file, plain or gzip.
        name: what to call it, as in ``goa_yeast-2016-10-03``.
        progress: told about each batch.

    Raises:
        FileRefused: the file is not a usable annotation file.
        Conflict: the name is taken by other content, or the same content has another name.
    """
    file = read_gaf(path)
    rows = records.annotation_rows(file)
    properties = {
        **_file_properties(name, file.stamp, rows.content(), file.generated),
        "version": file.version,
        "file_date": file.file_date,
        "ontology_release": file.ontology_release,
        **_row_counts(file),
    }

    def work() -> None:
        runner.write("load/annotation_file_open", properties=properties)
        runner.write_rows("load/products", rows.products, source=name, progress=progress)
        runner.write_rows("load/genes_as_annotated", rows.genes, source=name, progress=progress)
        runner.write_rows("load/annotations", rows.annotations, source=name, progress=progress)
        for genome in _loaded_names(runner, "Genome") - {AS_ANNOTATED}:
            _map_products(runner, name, genome, progress)

    return _load(runner, "AnnotationFile", properties, file.findings, work, "load/annotation_file_ready")


def load_genome(runner: Runner, path: Path, *, name: str, progress: Progress = silent) -> LoadResult:
    """Load the genes of a genome and find them among the products of every loaded annotation file.

    Raises:
        FileRefused: the file is not a usable features table.
        Conflict: the name is taken by other content.
    """
    genome = read_features(path)
    rows = records.gene_rows(genome)
    properties = {
        **_file_properties(name, genome.stamp, _content(rows), genome.generated),
        "rows": genome.rows,
        "other_features": genome.other_features,
    }
    if name == AS_ANNOTATED:
        raise InputError(f"the name {name} is reserved", hint="choose another name for the genome")

    def work() -> None:
        runner.write("load/genome_open", properties=properties)
        runner.write_rows("load/genes", rows, genome=name, progress=progress)
        for source in sorted(_loaded_names(runner, "AnnotationFile")):
            _map_products(runner, source, name, progress)

    return _load(runner, "Genome", properties, genome.findings, work, "load/genome_ready")


def load_gene_list(runner: Runner, path: Path, *, name: str, genome: str, progress: Progress = silent) -> LoadResult:
    """Load a list of genes by systematic name; names that the genome lacks are listed as refused.

    Raises:
        FileRefused: the file is not a gene list.
        NotFound: the genome is not loaded.
        InputError: the genome has none of the names.
        Conflict: the name is taken by other content.
    """
    gene_list = read_gene_list(path)
    if genome not in _loaded_names(runner, "Genome"):
        raise NotFound(f"the genome {genome} is not loaded", hint="load it with `dcell-graph load genes FILE`")
    known = {row["id"] for row in runner.read("read/genes", genome=genome)}
    members = [gene for gene in gene_list.names if gene in known]
    if not members:
        raise InputError("the genome has none of these genes", path=path, expected=f"genes of {genome}")
    properties = {
        **_file_properties(name, gene_list.stamp, _content([genome, *sorted(gene_list.names)]), gene_list.generated),
        "genome": genome,
    }
    findings = gene_list.findings + tuple(
        Finding(line=None, outcome="refused", reason="unknown", text=f"{gene} is not in {genome}")
        for gene in gene_list.names
        if gene not in known
    )

    def work() -> None:
        runner.write("load/gene_list_open", properties=properties)
        runner.write_rows("load/gene_list_members", members, name=name, genome=genome, progress=progress)

    return _load(runner, "GeneList", properties, findings, work, "load/gene_list_ready")


def remove(runner: Runner, kind: str, name: str) -> None:
    """Take a loaded thing out of the database.

    Args:
        runner: of the database.
        kind: Release, AnnotationFile, Genome, GeneList or Snapshot.
        name: of the thing.

    Raises:
        NotFound: it is not loaded.
        Conflict: a snapshot was built from it.
        InputError: it is the genome that is always there.
    """
    if (kind, name) == ("Genome", AS_ANNOTATED):
        raise InputError(f"the genome {name} is always there and cannot be removed")
    with write_lock(runner, f"remove {kind} {name}"):
        discard.discard_unfinished(runner)
        if name not in _loaded_names(runner, kind):
            raise NotFound(f"there is no {kind} {name}", hint="see `dcell-graph releases`")
        snapshots = [row["name"] for row in runner.read("read/built_from", kind=kind, name=name)]
        if snapshots:
            raise Conflict(
                f"{kind} {name} cannot be removed: snapshots were built from it",
                found=", ".join(snapshots),
                hint="remove these first with `dcell-graph load remove snapshot NAME`",
            )
        discard.discard(runner, kind, name)


def loaded(runner: Runner) -> list[Row]:
    """Everything that is loaded or built and visible: kind, name, properties; sorted by kind and name."""
    return runner.read("read/loaded")


def findings(runner: Runner, kind: str, name: str) -> list[Row]:
    """The refused, merged and flagged lines of a loaded file.

    Raises:
        NotFound: it is not loaded.
    """
    if name not in _loaded_names(runner, kind):
        raise NotFound(f"there is no {kind} {name}", hint="see `dcell-graph releases`")
    return runner.read("read/findings", kind=kind, of=name)


def _load(
    runner: Runner,
    kind: str,
    properties: Row,
    findings: Sequence[Finding],
    work: Callable[[], None],
    ready: str,
) -> LoadResult:
    name = properties["name"]
    by_reason = Counter(f"{finding.outcome}: {finding.reason}" for finding in findings)
    with write_lock(runner, f"load {kind} {name}"):
        discard.discard_unfinished(runner)
        already = _same_or_refuse(runner, kind, properties)
        if already is not None:
            return LoadResult(kind=kind, name=name, already=True, counts=_numbers(already), findings=dict(by_reason))
        with _undone_on_failure(runner, kind, name):
            work()
            runner.write_rows("load/findings", [records.finding_row(f) for f in findings], kind=kind, of=name)
            counts = runner.write(ready, name=name)[0]
    return LoadResult(
        kind=kind, name=name, already=False, counts=_numbers({**properties, **counts}), findings=dict(by_reason)
    )


@contextmanager
def _undone_on_failure(runner: Runner, kind: str, name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        discard.discard(runner, kind, name)
        raise


def _same_or_refuse(runner: Runner, kind: str, properties: Row) -> Row | None:
    """The stored record if the same content has this name already."""
    for row in loaded(runner):
        if row["kind"] != kind:
            continue
        there = row["properties"]
        same = there.get("content") == properties["content"]
        if row["name"] == properties["name"]:
            if same:
                return dict(there)
            raise Conflict(
                f"{kind} {row['name']} is loaded already, with other content",
                expected=f"the content of {there['path']} (sha256 {there['sha256'][:12]}…)",
                found=f"{properties['path']} (sha256 {properties['sha256'][:12]}…)",
                hint=f"remove the loaded one with `dcell-graph load remove {WORDS[kind]} {shlex.quote(row['name'])}`",
            )
        if same:
            raise Conflict(
                f"the content of {properties['path']} is loaded already under the name {row['name']}",
                hint="use that name",
            )
    return None


def _map_products(runner: Runner, source: str, genome: str, progress: Progress) -> None:
    resolver = Resolver(
        Gene(
            id=row["id"],
            sgdid=row["sgdid"],
            symbol=row["symbol"],
            aliases=tuple(row["aliases"]),
            qualifier=None,
            chromosome=None,
        )
        for row in runner.read("read/genes", genome=genome)
    )
    found: list[Row] = []
    unresolved: list[Row] = []
    for row in runner.read("read/products", source=source):
        answer = resolver.resolve(
            ProductNames(
                database=row["database"],
                object_id=row["object_id"],
                symbol=row["symbol"],
                synonyms=tuple(row["synonyms"]),
                object_type=row["object_type"],
            )
        )
        if answer.genes:
            found.append({"id": row["id"], "genes": list(answer.genes), "by": answer.by})
        else:
            candidates = list(answer.candidates)
            unresolved.append({"id": row["id"], "problem": answer.problem, "candidates": candidates})
    runner.write_rows("load/mappings", found, source=source, genome=genome, progress=progress)
    runner.write_rows("load/unresolved", unresolved, source=source, genome=genome, progress=progress)


def _loaded_names(runner: Runner, kind: str) -> set[str]:
    return {row["name"] for row in loaded(runner) if row["kind"] == kind}


def _file_properties(name: str, stamp: FileStamp, content: str, generated: bool) -> Row:
    if not name.strip() or name != name.strip():
        raise InputError("the name is empty or has spaces around it", found=repr(name))
    return {
        "name": name,
        "path": stamp.path,
        "sha256": stamp.sha256,
        "size": stamp.size,
        "content": content,
        "generated": generated,
    }


def _row_counts(file: AnnotationFile) -> Row:
    return {"rows": file.rows, "kept": file.kept, "merged": file.merged, "refused": file.refused}


def _numbers(properties: Row) -> dict[str, int]:
    return {key: value for key, value in properties.items() if type(value) is int and key != "size"}


def _content(rows: Sequence[Any]) -> str:
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()
