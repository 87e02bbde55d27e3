"""Judges an annotation file against an ontology release: which annotations it can use, and what is odd about them.

Annotations are stored without regard to any release, so the same file is judged anew for each. The remarks of the file
itself (graph/load.py) and those of the release together account for every row: rows = kept + merged + refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dcell_graph.errors import NotFound
from dcell_graph.graph import load
from dcell_graph.graph.file_record import stored_places
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.sources.places import Places
from dcell_graph.sources.vocabulary import ASPECTS, NO_DATA, RELATIONS

# A remark names at most this many lines of other annotations.
_LINES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One remark about a row.

    Args:
        line: of the file, counted from 1; None when the remark is about the whole file.
        outcome: ``refused`` (in no snapshot), ``merged`` (the same as an earlier row) or ``flagged`` (kept, but look).
        reason: a short fixed word, the one that counts are grouped by.
        text: a sentence for people.
        by: ``file`` (true for every release) or ``release``.
    """

    line: int | None
    outcome: str
    reason: str
    text: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of the rows of a file on a release: ``rows == kept + merged + refused``.

    Args:
        source: the annotation file.
        release: the ontology release.
        genome: decides which products are the same gene, in contradictions and in ``no_data``.
        rows: data rows of the file.
        kept: annotations that the release can use, with or without a remark.
        merged: rows that repeat an annotation of the file.
        refused: rows that the file or the release refuses.
        remarks: about the whole file first, then by line.
        no_data: for each branch the genes, as (id, symbol), about which the file says "looked, nothing found" there and
            nothing else.
    """

    source: str
    release: str
    genome: str
    rows: int
    kept: int
    merged: int
    refused: int
    remarks: tuple[Remark, ...]
    no_data: dict[str, tuple[tuple[str, str], ...]]

    def counts(self) -> dict[str, int]:
        """Number of remarks by ``outcome: reason``, sorted."""
        return dict(sorted(Counter(f"{remark.outcome}: {remark.reason}" for remark in self.remarks).items()))


def judge(runner: Runner, source: str, release: str, genome: str = AS_ANNOTATED) -> Judgement:
    """Judge a loaded annotation file against a loaded ontology release.

    Refused are annotations to terms that the release does not have or has given up, and "no data" on anything but a
    root. Flagged are annotations used through an alt_id, with an aspect or a relation that does not fit the term, on
    a term without a path to a root, on a root although there is evidence, "no data" on a gene that has data in the same
    branch, NOT beside a positive annotation (also one below it, over is_a and part_of), and products that are no gene
    of the genome.

    Args:
        runner: of the database.
        source: name of the annotation file.
        release: name of the ontology release.
        genome: genes are those of this genome; by default each product is a gene of its own.

    Raises:
        NotFound: one of the three is not loaded.
    """
    file = _ready(runner, "AnnotationFile", source)
    _ready(runner, "Release", release)
    _ready(runner, "Genome", genome)
    no_data = runner.read("compare/judge_no_data", source=source, release=release, genome=genome)
    remarks = [
        *_of_the_file(runner, source),
        *_placed(
            stored_places(file),
            *_of_the_release(file, release),
            *_of_terms(runner, source, release),
            *_of_no_data(no_data),
            *_of_contradictions(runner, source, release, genome),
            *_of_genes(runner, source, genome),
        ),
    ]
    by_release = {remark.line for remark in remarks if remark.by == "release" and remark.outcome == "refused"}
    return Judgement(
        source=source,
        release=release,
        genome=genome,
        rows=file["rows"],
        kept=file["kept"] - len(by_release),
        merged=file["merged"],
        refused=file["refused"] + len(by_release),
        remarks=tuple(sorted(remarks, key=lambda remark: (remark.line or 0, remark.by, remark.reason, remark.text))),
        no_data=_only_no_data(no_data),
    )


def _ready(runner: Runner, kind: str, name: str) -> Row:
    found = runner.read("read/ready", kind=kind, name=name)
    if not found:
        raise NotFound(f"there is no {kind} {name}", hint="see `dcell-graph releases`")
    return dict(found[0]["properties"])


def _of_the_file(runner: Runner, source: str) -> Iterator[Remark]:
    """What the reader said; only relations, which it compares with the aspect column, are left to the release."""
    for row in load.findings(runner, "AnnotationFile", source):
        if (row["outcome"], row["reason"]) != ("flagged", "relation"):
            yield Remark(line=row["line"], outcome=row["outcome"], reason=row["reason"], text=row["text"], by="file")


def _of_the_release(file: Row, release: str) -> Iterator[Remark]:
    named = file.get("ontology_release")
    if named is not None and named != release:
        text = f"the file names the ontology release {named}, and is judged on {release}"
        yield _remark(None, "flagged", "release", text)


def _of_terms(runner: Runner, source: str, release: str) -> Iterator[Remark]:
    letters = {namespace: letter for letter, namespace in ASPECTS.items()}
    relations = {relation: sorted(namespaces) for relation, namespaces in RELATIONS.items()}
    found = runner.read("compare/judge_terms", source=source, release=release, letters=letters, relations=relations)
    for row in found:
        outcome = "refused" if row["remark"] in ("unknown", "obsolete", "no data") else "flagged"
        yield _remark(row["line"], outcome, row["remark"], _about_term(row, release))


def _about_term(row: Row, release: str) -> str:
    remark, term, used = row["remark"], row["term"], row["used"]
    branch = (row["namespace"] or "").replace("_", " ")
    if remark == "unknown":
        return f"{term} is not in release {release}"
    if remark == "obsolete":
        offers = [f"replaced by {other}" for other in row["replaced_by"]]
        offers += [f"consider {other}" for other in row["consider"]]
        return f"{term} is obsolete in release {release}, " + (", ".join(offers) or "nothing is offered instead")
    return {
        "no data": f"{row['evidence']} on {term}, which is not a root",
        "alt_id": f"{term} is used as {used}, which took the id over",
        "namespace": f"{used} is in none of the three branches, so it is in no snapshot",
        "unrooted": f"{used} has no path to a root, so it is in no rooted snapshot",
        "root": f"{row['evidence']} on the root {used}, which says nothing; only {NO_DATA} is meant for roots",
        "aspect": f"the aspect is {row['aspect']}, but {used} is a {branch}; the ontology decides",
        "relation": f"the relation {row['relation']} does not fit a {branch} ({used})",
    }[str(remark)]


def _of_no_data(rows: Iterable[Row]) -> Iterator[Remark]:
    for row in rows:
        if row["data"]:
            branch = row["namespace"].replace("_", " ")
            text = f"no data on {row['symbol']} in {branch}, but there are some in {_lines(row['data'])}"
            for line in row["lines"]:
                yield _remark(line, "flagged", "no data", text)


def _only_no_data(rows: Iterable[Row]) -> dict[str, tuple[tuple[str, str], ...]]:
    genes: dict[str, list[tuple[str, str]]] = {namespace: [] for namespace in ASPECTS.values()}
    for row in rows:
        if not row["data"]:
            genes.setdefault(row["namespace"], []).append((row["gene"], row["symbol"]))
    return {namespace: tuple(listed) for namespace, listed in genes.items()}


def _of_contradictions(runner: Runner, source: str, release: str, genome: str) -> Iterator[Remark]:
    """One remark a gene and term that are denied, at the first line that does."""
    for row in runner.read("compare/judge_contradictions", source=source, release=release, genome=genome):
        same = [line for line, term in row["positive"] if term == row["term"]]
        below = [line for line, term in row["positive"] if term != row["term"]]
        parts = [f"positive in {_lines(same)}"] if same else []
        parts += [f"positive on a term below it in {_lines(below)}"] if below else []
        denied = "" if len(row["lines"]) == 1 else f" ({_lines(row['lines'])})"
        text = f"{row['symbol']} is NOT at {row['term']}{denied}, but " + " and ".join(parts)
        yield _remark(row["lines"][0], "flagged", "contradiction", text)


def _of_genes(runner: Runner, source: str, genome: str) -> Iterator[Remark]:
    for row in runner.read("compare/judge_genes", source=source, genome=genome):
        candidates = f" ({' or '.join(row['candidates'])})" if row["candidates"] else ""
        why = f" ({row['why']})" if row["why"] else ""
        text = (
            f"{row['product']} {row['symbol']}: {row['problem']}{candidates}{why}, so it stands for no gene of {genome}"
        )
        yield _remark(row["line"], "flagged", "gene", text)


def _placed(places: Places | None, *remarks: Remark) -> Iterator[Remark]:
    """Remarks that name file and line, as the reader's do, where the number alone is not the line of a file."""
    for remark in remarks:
        place = None if places is None or remark.line is None else places.of(remark.line)
        yield remark if place is None else replace(remark, text=f"{place}: {remark.text}")


def _remark(line: int | None, outcome: str, reason: str, text: str) -> Remark:
    return Remark(line=line, outcome=outcome, reason=reason, text=text, by="release")


def _lines(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:_LINES_SHOWN])
    more = f" and {len(numbers) - _LINES_SHOWN} more" if len(numbers) > _LINES_SHOWN else ""
    return f"{'line' if len(numbers) == 1 else 'lines'} {shown}{more}"
