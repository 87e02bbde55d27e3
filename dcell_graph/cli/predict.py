"""``dcell-graph predict``: phenotypes of strains, by a trained model."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from dcell_graph.cli.display import bars
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.visible import visible
from dcell_graph.errors import InputError
from dcell_graph.settings import Settings, read_settings

if TYPE_CHECKING:
    from dcell_graph.snapshot.schema import Snapshot
    from dcell_graph.train.checkpoint import Checkpoint
    from dcell_graph.train.predict import PredictedStrain, Summary

ALL_GENES = "all"


class UnknownGenes(StrEnum):
    """What happens to a strain with a gene that the model cannot see."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave-out"
    IGNORE = "ignore"


@friendly_errors()
def predict(
    run: Annotated[str, typer.Argument(help="Folder of a run, or its name.")],
    strains: Annotated[
        Path | None, typer.Argument(help="Strains in any format of datasets, with or without phenotypes.")
    ] = None,
    strain: Annotated[
        list[str] | None,
        typer.Option("--strain", metavar="GENE+GENE", help="A strain, or wt, in place of the list; may be repeated."),
    ] = None,
    pairs_of: Annotated[
        str | None,
        typer.Option(metavar="FILE|all", help="All pairs of the genes in a file, or of all that the model sees."),
    ] = None,
    triples_of: Annotated[
        str | None, typer.Option(metavar="FILE|all", help="All triples of them; torchrun shares them out.")
    ] = None,
    snapshot: Annotated[
        str | None,
        typer.Option(help="Name or folder of the run's snapshot; default: where the run found it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="CSV file to write, or Parquet by its name; default: CSV on the output.")
    ] = None,
    unknown_genes: Annotated[
        UnknownGenes,
        typer.Option(
            help="Strains with a gene that the model cannot see: refuse the list, leave-out the strain, or ignore the "
            "gene as if it were present. Each such row says so."
        ),
    ] = UnknownGenes.REFUSE,
) -> None:
    """Predict the phenotype of each strain of a list, in its order; if phenotypes are given, say how well it fits.

    An ensemble gives the mean over its models and their sample sd.
    """
    asked = [given for given in (strains, strain, pairs_of, triples_of) if given]
    if len(asked) != 1:
        raise InputError(
            "what is to be predicted is not clear" if asked else "no strains were named",
            expected="one of: a list of strains, --strain, --pairs-of, --triples-of",
            found=f"{len(asked)} of them",
        )
    settings = read_settings()
    checkpoints, used, phenotype = _models(settings, run, snapshot)
    messages: TextIO = sys.stderr if out is None else sys.stdout
    if pairs_of or triples_of:
        _predict_all(checkpoints, used, str(pairs_of or triples_of), 2 if pairs_of else 3, out, unknown_genes)
        return
    rows = _rows(checkpoints, used, strains or tuple(strain or ()), phenotype, unknown_genes, out)
    summary = _write(rows, out, checkpoints, used)
    for line in summary.lines():
        print(visible(line), file=messages)
    print(_wild_type_line(checkpoints, phenotype), file=messages)


def _models(settings: Settings, run: str, snapshot: str | None) -> tuple[tuple[Checkpoint, ...], Snapshot, str]:
    """The models of a run, their snapshot, and what they were trained to predict."""
    # These are slow to import: --help and other commands should not wait for them.
    from dcell_graph.train.__main__ import find_snapshot
    from dcell_graph.train.checkpoint import load_checkpoints
    from dcell_graph.train.finding import find_run, known_place, run_config

    folder = find_run(settings, run)
    config = run_config(folder)
    used = find_snapshot(settings, snapshot or known_place(config, "snapshot"))
    return load_checkpoints(folder, used), used, str(config["dataset"].get("phenotype", "score"))


def _rows(
    checkpoints: Sequence[Checkpoint],
    used: Snapshot,
    strains: Path | Sequence[str],
    phenotype: str,
    unknown_genes: UnknownGenes,
    out: Path | None,
) -> Iterator[PredictedStrain]:
    from dcell_graph.train.predict import predict_strains
    from dcell_graph.train.predict_all import Share
    from dcell_graph.train.strain_list import named_strains

    if Share.from_environment().size > 1:
        raise InputError("a list of strains is predicted by one process", hint="start it without torchrun")
    if isinstance(strains, Path) and out is not None and out.exists() and strains.exists() and out.samefile(strains):
        raise InputError("the predictions would replace the list of strains", path=out, hint="name another file")
    source = strains if isinstance(strains, Path) else named_strains(strains)
    return predict_strains(checkpoints, used, source, phenotype=phenotype, unknown_genes=unknown_genes.value)


def _write(
    rows: Iterator[PredictedStrain], out: Path | None, checkpoints: Sequence[Checkpoint], used: Snapshot
) -> Summary:
    from dcell_graph.train.files import write_whole
    from dcell_graph.train.place import GENERATED
    from dcell_graph.train.predict import write_table
    from dcell_graph.train.predict_files import write_list

    with_sd = len(checkpoints) > 1
    if checkpoints[0].description.generated:
        print(GENERATED, file=sys.stderr if out is None else sys.stdout)
    if out is None:
        return write_table(rows, sys.stdout, with_sd=with_sd)
    if out.suffix == ".parquet":
        with bars() as progress:
            return write_list(out, rows, with_sd=with_sd, about=_about(checkpoints, used), progress=progress)
    summaries: list[Summary] = []

    def write(target: Path) -> None:
        with target.open("w", encoding="utf-8", newline="") as file:
            summaries.append(write_table(rows, file, with_sd=with_sd))

    write_whole(out, write)
    return summaries[0]


def _predict_all(
    checkpoints: Sequence[Checkpoint],
    used: Snapshot,
    genes: str,
    size: Literal[2, 3],
    out: Path | None,
    unknown_genes: UnknownGenes,
) -> None:
    from dcell_graph.train.place import GENERATED
    from dcell_graph.train.predict_all import Share, known_genes, n_strains, predict_all
    from dcell_graph.train.predict_files import check_parquet, read_gene_list, shard_path, write_blocks
    from dcell_graph.wording import counted

    target, share = check_parquet(out), Share.from_environment()
    known = known_genes(checkpoints[0], used, None if genes == ALL_GENES else read_gene_list(Path(genes)))
    if known.unknown and unknown_genes is UnknownGenes.REFUSE:
        raise InputError(
            f"the model cannot see {counted(len(known.unknown), 'gene')} of the list: {', '.join(known.unknown)}",
            path=genes,
            hint="leave them out with --unknown-genes leave-out",
        )
    if known.unknown:
        left_out = f"left out, for the model cannot see them: {', '.join(known.unknown)}"
        print(visible(f"warning: {left_out}"), file=sys.stderr)
    if known.repeated:
        print(visible(f"warning: listed more than once: {', '.join(known.repeated)}"), file=sys.stderr)
    if checkpoints[0].description.generated:
        print(GENERATED)
    total = n_strains(len(known.indices), size)
    place = shard_path(target, share)
    with bars() as progress:
        rows = write_blocks(
            place,
            predict_all(checkpoints, known.indices, size=size, share=share),
            checkpoints[0].description.gene_ids,
            size=size,
            with_sd=len(checkpoints) > 1,
            about=_about(checkpoints, used),
            total=total if share.size == 1 else None,
            progress=progress,
        )
    part = "" if share.size == 1 else f" of {total:,} (share {share.rank + 1} of {share.size})"
    print(visible(f"{rows:,} strains predicted{part}: {place}"))
    print(_wild_type_line(checkpoints, "phenotype"))


def _wild_type_line(checkpoints: Sequence[Checkpoint], phenotype: str) -> str:
    from dcell_graph.train.predict_all import wild_type

    mean, sd = wild_type(checkpoints)
    spread = "" if sd is None else f" (sd of the models {sd:.4g})"
    return f"Wild type, for reference: {phenotype} {mean:.6g}{spread}"


def _about(checkpoints: Sequence[Checkpoint], used: Snapshot) -> dict[str, str]:
    """What the metadata of a Parquet file say."""
    from dcell_graph.train.predict_all import wild_type

    mean, sd = wild_type(checkpoints)
    return {
        "snapshot": used.manifest.name,
        "snapshot_id": used.manifest.snapshot_id,
        "generated": str(checkpoints[0].description.generated).lower(),
        "models": str(len(checkpoints)),
        "weights_sha256": " ".join(one.description.weights_sha256 for one in checkpoints),
        "wild_type": repr(mean),
        "wild_type_sd": "" if sd is None else repr(sd),
    }
