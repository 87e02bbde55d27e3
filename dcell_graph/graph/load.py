"""Loads files into the graph: ontology releases, annotation files, genomes, gene lists.

Each load reads and judges the whole file before it touches the database, holds the write lock, and becomes visible in
its last transaction. Whatever interrupts it, nothing of it stays.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.graph import discard, records, shrink
from dcell_graph.graph.file_record import (
    content_of,
    content_of_release,
    file_properties,
    fingerprint,
    format_of,
    numbers,
    places_properties,
    refuse_misnamed,
    row_counts,
)
from dcell_graph.graph.lock import write_lock
from dcell_graph.graph.mapping import mapped, resolver_of
from dcell_graph.graph.records import AS_ANNOTATED, WORDS
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.graph.shrink import Shrinkage
from dcell_graph.sources.annotations import read_annotations
from dcell_graph.sources.genome import read_features, read_gene_list
from dcell_graph.sources.obo import read_obo
from dcell_graph.sources.vocabulary import SPECIES_OF_STRAINS
from dcell_graph.types import Finding, Progress, silent

# Two batches at once keep the server busy while the next rows are packed; more gain nothing on two cores.
LANES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What a load did.

    Args:
        kind: Release, AnnotationFile, Genome or GeneList.
        name: under which it is stored.
        already: True when the same content was there and nothing was done.
        counts: numbers by what they count.
        findings: numbers of findings by ``outcome: reason``.
        warnings: sentences that the user should see now.
    """

    kind: str
    name: str
    already: bool
    counts: dict[str, int]
    findings: dict[str, int]
    warnings: tuple[str, ...] = ()


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
    terms = rows.content()
    name = ontology.release
    properties = {
        **file_properties(name, ontology.stamp, content_of_release(ontology, terms), ontology.generated),
        "terms_content": terms,
        "release_from": ontology.release_from,
        "date": ontology.release_date,
    }

    def work(runner: Runner) -> None:
        runner.write("load/release_open", properties=properties)
        nodes = _nodes(runner.write_rows("load/terms", rows.terms, lanes=LANES, release=name, progress=progress))
        edges = [{**row, "child": nodes[row["child"]], "parent": nodes[row["parent"]]} for row in rows.edges]
        runner.write_rows("load/edges", edges, lanes=LANES, progress=progress)
        runner.write_rows("load/alt_ids", rows.alt_ids, release=name, progress=progress)
        runner.write_rows("load/successors", rows.successors, release=name, progress=progress)

    return _load(runner, "Release", properties, ontology.findings, work, "load/release_ready", progress)


def load_annotations(
    runner: Runner, path: Path, *, name: str, gpi: Path | None = None, progress: Progress = silent
) -> LoadResult:
    """Load an annotation file and find the genes of its products in every loaded genome.

    Args:
        runner: of the database.
        path: GAF, GPAD or SGD JSON file, plain or gzip; of the last also a folder or zip archive.
        name: what to call it, as in ``goa_yeast-2016-10-03``.
        gpi: a GPI file that names the gene products of a GPAD file.
        progress: told about each batch.

    Raises:
        FileRefused: the file is not a usable annotation file.
        InputError: a GPI file is given beside a file that is not GPAD.
        Conflict: the name is taken by other content, or the same content has another name.
    """
    file = read_annotations(path, gpi)
    refuse_misnamed(path, file)
    rows = records.annotation_rows(file)
    facts = {"file_date": file.file_date, "ontology_release": file.ontology_release, **row_counts(file)}
    properties = {
        **file_properties(name, file.stamp, content_of(rows.content(), facts, file.names_from), file.generated),
        **format_of(file),
        **places_properties(file.places),
        "version": file.version,
        **facts,
    }

    def work(runner: Runner) -> None:
        runner.write("load/annotation_file_open", properties=properties)
        products = _nodes(runner.write_rows("load/products", rows.products, source=name, progress=progress))
        runner.write_rows("load/genes_as_annotated", rows.genes, source=name, progress=progress)
        terms = _nodes(runner.write_rows("load/go_ids", sorted({row["term"] for row in rows.annotations})))
        annotations = [
            {
                "product": products[row["product"]],
                "term": terms[row["term"]],
                "properties": records.brief(row["properties"]),
            }
            for row in rows.annotations
        ]
        runner.write_rows("load/annotations", annotations, lanes=LANES, source=name, progress=progress)
        for genome in _loaded_names(runner, "Genome") - {AS_ANNOTATED}:
            _map_products(runner, name, genome, progress)

    return _load(runner, "AnnotationFile", properties, file.findings, work, "load/annotation_file_ready", progress)


def load_genome(runner: Runner, path: Path, *, name: str, progress: Progress = silent) -> LoadResult:
    """Load the genes of a genome and find them among the products of every loaded annotation file.

    Raises:
        FileRefused: the file is not a usable features table.
        Conflict: the name is taken by other content.
    """
    genome = read_features(path)
    rows = records.gene_rows(genome)
    properties = {
        **file_properties(name, genome.stamp, fingerprint(rows), genome.generated),
        "rows": genome.rows,
        "other_features": genome.other_features,
        "taxa": list(genome.taxa),
    }
    if name == AS_ANNOTATED:
        raise InputError(f"the name {name} is reserved", hint="choose another name for the genome")

    def work(runner: Runner) -> None:
        runner.write("load/genome_open", properties=properties)
        runner.write_rows("load/genes", rows, genome=name, progress=progress)
        for source in sorted(_loaded_names(runner, "AnnotationFile")):
            _map_products(runner, source, name, progress)

    return _load(runner, "Genome", properties, genome.findings, work, "load/genome_ready", progress)


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
        named = f" --genome {shlex.quote(genome)}"
        raise NotFound(f"the genome {genome} is not loaded", hint=f"load it with `dcell-graph load genes FILE{named}`")
    known = {row["id"] for row in runner.read("read/genes", genome=genome)}
    members = [gene for gene in gene_list.names if gene in known]
    if not members:
        raise InputError("the genome has none of these genes", path=path, expected=f"genes of {genome}")
    properties = {
        **file_properties(name, gene_list.stamp, fingerprint([genome, *sorted(gene_list.names)]), gene_list.generated),
        "genome": genome,
    }
    findings = gene_list.findings + tuple(
        Finding(line=None, outcome="refused", reason="unknown", text=f"{gene} is not in {genome}")
        for gene in gene_list.names
        if gene not in known
    )

    def work(runner: Runner) -> None:
        runner.write("load/gene_list_open", properties=properties)
        runner.write_rows("load/gene_list_members", members, name=name, genome=genome, progress=progress)

    return _load(runner, "GeneList", properties, findings, work, "load/gene_list_ready", progress)


def remove(runner: Runner, kind: str, name: str, *, progress: Progress = silent) -> None:
    """Take a loaded thing out of the database.

    Args:
        runner: of the database.
        kind: Release, AnnotationFile, Genome, GeneList or Snapshot.
        name: of the thing.
        progress: told whom it waits for.

    Raises:
        NotFound: it is not loaded.
        Conflict: a snapshot was built from it, or a gene list is of this genome.
        InputError: it is the genome that is always there.
    """
    if (kind, name) == ("Genome", AS_ANNOTATED):
        raise InputError(f"the genome {name} is always there and cannot be removed")
    with write_lock(runner, f"remove {kind} {name}", progress=progress) as held:
        if f"{kind} {name}" in discard.discard_unfinished(held):
            return  # a removal that was cut short, or the rest of a load: now it is gone
        if name not in _loaded_names(held, kind):
            raise NotFound(f"there is no {kind} {name}", hint="see `dcell-graph releases`")
        snapshots = [row["name"] for row in held.read("read/built_from", kind=kind, name=name)]
        if snapshots:
            raise Conflict(
                f"{kind} {name} cannot be removed: snapshots were built from it",
                found=", ".join(snapshots),
                hint="remove these first with `dcell-graph load remove snapshot NAME`",
            )
        lists = [row["name"] for row in held.read("read/gene_lists", genome=name)] if kind == "Genome" else []
        if lists:
            raise Conflict(
                f"{kind} {name} cannot be removed: gene lists name its genes",
                found=", ".join(lists),
                hint="remove these first with `dcell-graph load remove gene-list NAME`",
            )
        discard.discard(held, kind, name)


def loaded(runner: Runner) -> list[Row]:
    """Everything that is loaded or built and visible: kind, name, properties; sorted by kind and name."""
    return runner.read("read/loaded")


def findings(runner: Runner, kind: str, name: str) -> list[Row]:
    """The refused, merged and flagged lines of a loaded file, and remarks about the whole of it (line None).

    That it is much smaller than the one before was noted when it was loaded; the same is looked up again, for an older
    one may have been loaded since.

    Raises:
        NotFound: it is not loaded.
    """
    if name not in _loaded_names(runner, kind):
        raise NotFound(f"there is no {kind} {name}", hint="see `dcell-graph releases`")
    rows = runner.read("read/findings", kind=kind, of=name)
    noted = {row["text"] for row in rows if row["reason"] == shrink.REASON}
    now = _smaller(name, shrink.shrinkages(runner, kind, name))
    return [records.finding_row(finding) for finding in now if finding.text not in noted] + rows


def _load(
    runner: Runner,
    kind: str,
    properties: Row,
    findings: Sequence[Finding],
    work: Callable[[Runner], None],
    ready: str,
    progress: Progress,
) -> LoadResult:
    name = properties["name"]
    by_reason = Counter(f"{finding.outcome}: {finding.reason}" for finding in findings)
    with write_lock(runner, f"load {kind} {name}", progress=progress) as held:
        discard.discard_unfinished(held)
        already = same_or_refuse(held, kind, properties)
        if already is not None:
            return LoadResult(kind=kind, name=name, already=True, counts=numbers(already), findings=dict(by_reason))
        with discard.undone_on_failure(held, kind, name, progress):
            work(held)
            rows = [records.finding_row(finding) for finding in findings]
            held.write_rows("load/findings", rows, kind=kind, of=name)
            return make_visible(held, kind, properties, ready, dict(by_reason))


def make_visible(runner: Runner, kind: str, properties: Row, ready: str, by_reason: dict[str, int]) -> LoadResult:
    """The last steps of a load: look whether the release has shrunk, and make it visible.

    Args:
        runner: of the database; the write lock is held.
        kind: Release, AnnotationFile, Genome or GeneList.
        properties: of the loaded thing.
        ready: the query that makes it visible.
        by_reason: numbers of its findings, which are stored already.
    """
    name = properties["name"]
    if kind == "AnnotationFile":
        runner.write("load/annotation_file_family", name=name, species=SPECIES_OF_STRAINS)
    shrunk = shrink.shrinkages(runner, kind, name)
    smaller = [records.finding_row(finding) for finding in _smaller(name, shrunk)]
    runner.write_rows("load/findings", smaller, kind=kind, of=name)
    counts = runner.write(ready, name=name)[0]
    return LoadResult(
        kind=kind,
        name=name,
        already=False,
        counts=numbers({**properties, **counts}),
        findings=by_reason,
        warnings=tuple(shrinkage.sentence() for shrinkage in shrunk),
    )


def _smaller(name: str, shrunk: Sequence[Shrinkage]) -> list[Finding]:
    """Remarks about a file that is much smaller than the one before."""
    return [
        Finding(line=None, outcome="flagged", reason=shrink.REASON, text=shrinkage.sentence())
        for shrinkage in shrunk
        if shrinkage.newer == name
    ]


def same_or_refuse(runner: Runner, kind: str, properties: Row) -> Row | None:
    """The stored record if the same content has this name already.

    Raises:
        Conflict: the name is taken by other content, or the same content has another name.
    """
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
        # A file that does not say its release says nothing that the loaded one contradicts.
        unnamed = properties.get("release_from") == "user" and there.get("terms_content") == properties["terms_content"]
        if same or unnamed:
            raise Conflict(
                f"the content of {properties['path']} is loaded already under the name {row['name']}",
                hint="use that name",
            )
    return None


def _map_products(runner: Runner, source: str, genome: str, progress: Progress) -> None:
    found, unresolved = mapped(resolver_of(runner, genome), runner.read("read/products", source=source))
    runner.write_rows("load/mappings", found, source=source, genome=genome, progress=progress)
    runner.write_rows("load/unresolved", unresolved, source=source, genome=genome, progress=progress)


def _nodes(rows: Iterable[Row]) -> dict[str, str]:
    """The node of each id, as the queries that write nodes return them."""
    return {row["id"]: row["node"] for row in rows}


def _loaded_names(runner: Runner, kind: str) -> set[str]:
    return {row["name"] for row in loaded(runner) if row["kind"] == kind}
