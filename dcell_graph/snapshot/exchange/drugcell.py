"""The folder of DrugCell and NeST-VNN: ``ontology.txt`` and ``gene2ind.txt``.

Lines of the first are parent, child or gene, and ``default`` or ``gene``; of the second index and gene.

Columns are separated by tabs when written and by any blanks when read, as the peers do. Which cell line carries which
mutation (``cell2mutation.txt``, ``cell2ind.txt``) are data, not hierarchy, and play no part.
"""

from __future__ import annotations

from pathlib import Path

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.snapshot.exchange.draft import Draft
from dcell_graph.snapshot.exchange.reading import LARGEST, filled_lines, sound_text, whole_number
from dcell_graph.snapshot.exchange.writing import check_ids, write_folder
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.sources.text import refuse_if_markup
from dcell_graph.types import FileStamp
from dcell_graph.wording import counted

NAME = "drugcell"
ONTOLOGY = "ontology.txt"
GENES = "gene2ind.txt"
_ONTOLOGY_NAMES = (ONTOLOGY, "drugcell_ont.txt")
_EXPECTED = "three columns: parent, child or gene, default or gene"
_EXPECTED_GENES = f"two columns: index from 0 to {LARGEST:,}, gene"


def write(snapshot: Snapshot, target: Path) -> tuple[str, ...]:
    """Write a snapshot as a folder of two files.

    Args:
        snapshot: terms and genes must have ids without blanks.
        target: a new folder.

    Returns:
        What the peers' programs would object to.

    Raises:
        InputError: an id holds a blank, there is neither a link nor a pair to write, or the folder cannot be written.
        Conflict: the target exists.
    """
    check_ids(snapshot, NAME, blanks=False)
    links, pairs = snapshot.parents, snapshot.annotations
    lines = [f"{parent}\t{child}\tdefault\n" for child, parent in zip(links["child"], links["parent"], strict=True)]
    lines += [f"{term}\t{gene}\tgene\n" for term, gene in zip(pairs["term"], pairs["gene"], strict=True)]
    if not lines:
        raise InputError(
            "the snapshot does not fit the format drugcell", expected="at least one link or gene", found="one bare term"
        )
    genes = [f"{index}\t{gene}\n" for index, gene in enumerate(snapshot.genes["gene"])]
    write_folder(target, {ONTOLOGY: "".join(lines), GENES: "".join(genes)})
    empty = snapshot.terms.loc[snapshot.terms["contained_genes"] == 0, "term"]
    if empty.empty:
        return ()
    contain = counted(len(empty), "term contains", "terms contain")
    return (f"{contain} no gene, which the peers' programs refuse, for instance {empty.iloc[0]}",)


def read(path: Path) -> Draft:
    """Read a folder with both files, or an ontology file with or without a ``gene2ind.txt`` beside it.

    Raises:
        NotFound, FileRefused: files are missing, or are not of this format.
    """
    ontology = _ontology_file(path) if path.is_dir() else path
    text = sound_text(ontology, _EXPECTED)
    draft = Draft(path=ontology, ontology=text.stamp, annotations=text.stamp, declared_by="a line with it and default")
    listed = _present(ontology.parent, GENES)
    if listed is not None:
        draft.genome = _read_genes(draft, listed)
        draft.gene_order = True
    rows = []
    for number, line in filled_lines(text):
        refuse_if_markup(ontology, line, _EXPECTED)
        columns = line.split()
        if len(columns) != 3 or columns[2] not in ("default", "gene"):
            raise draft.refuse(
                "the line has the wrong columns",
                number,
                expected=_EXPECTED,
                found=repr(line[:80]),
                hint=_header_hint(number),
            )
        rows.append((number, columns[0], columns[1], columns[2]))
    _add_links(draft, [row for row in rows if row[3] == "default"])
    _add_pairs(draft, [row for row in rows if row[3] == "gene"], listed)
    return draft


def _header_hint(line: int) -> str | None:
    return "take a line of headings out" if line == 1 else None


def _add_links(draft: Draft, rows: list[tuple[int, str, str, str]]) -> None:
    for number, parent, child, _ in rows:
        for term in (parent, child):
            if term not in draft.terms:
                draft.add_term(term, number)
        draft.add_link(child, parent, number)


def _add_pairs(draft: Draft, rows: list[tuple[int, str, str, str]], listed: Path | None) -> None:
    if not draft.terms and len({row[1] for row in rows}) == 1:
        draft.add_term(rows[0][1], rows[0][0])  # a hierarchy of one term has no line with default
    unlisted = []
    for number, term, gene, _ in rows:
        if listed is not None and gene not in draft.genes:
            unlisted.append((number, gene))
        else:
            draft.add_pair(term, gene, number)
    if unlisted:
        number, gene = unlisted[0]
        left_out = counted(len(unlisted), "line is", "lines are")
        whose = "its" if len(unlisted) == 1 else "their"
        draft.notes.append(
            f"{left_out} left out, as the peers do, because {GENES} does not list {whose} gene; "
            f"the first is {gene} in line {number}"
        )


def _read_genes(draft: Draft, path: Path) -> FileStamp:
    """Put the genes into the draft in the order of their indices."""
    text = sound_text(path, _EXPECTED_GENES)
    genes: dict[int, tuple[str, int]] = {}
    seen: dict[str, int] = {}
    for number, line in filled_lines(text):
        columns = line.split()
        index = whole_number(columns[0]) if len(columns) == 2 else None
        if index is None:
            raise FileRefused(
                "the line has the wrong columns",
                path=path,
                line=number,
                expected=_EXPECTED_GENES,
                found=repr(line[:80]),
            )
        gene = columns[1]
        for what, before in ((f"index {index}", genes.get(index, ("", 0))[1]), (f"gene {gene}", seen.get(gene, 0))):
            if before:
                raise FileRefused(
                    f"the {what} is there twice",
                    path=path,
                    line=number,
                    expected="each once",
                    found=f"also in line {before}",
                )
        genes[index], seen[gene] = (gene, number), number
    for index, (gene, number) in sorted(genes.items()):
        if index >= len(genes):
            raise FileRefused(
                "the indices have gaps",
                path=path,
                line=number,
                expected=f"0 to {len(genes) - 1}, each once",
                found=str(index),
                hint="number the genes anew, and the columns of your data with them",
            )
        draft.genes[gene] = ""
    return text.stamp


def _ontology_file(folder: Path) -> Path:
    found = [path for name in _ONTOLOGY_NAMES if (path := _present(folder, name)) is not None]
    if len(found) == 1:
        return found[0]
    raise FileRefused(
        "the folder does not hold one ontology file",
        path=folder,
        expected=" or ".join(_ONTOLOGY_NAMES),
        found=", ".join(path.name for path in found) or "neither",
        hint="name the ontology file itself",
    )


def _present(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
