"""Which gene a name means: exact names first, unique names next, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.sources.genome import Gene
from dcell_graph.sources.identity import SYSTEMATIC_NAME, ProductNames, Resolution, Resolver


def gene(number: int, symbol: str, *aliases: str) -> Gene:
    name = f"YPR90{number}{'C' if number % 2 == 0 else 'W'}"
    return Gene(
        id=name,
        sgdid=f"S00099000{number}",
        symbol=symbol or name,
        aliases=aliases,
        qualifier="Verified",
        chromosome="16",
    )


GENES = (gene(1, "AAA1", "ALF1"), gene(2, "BBB2"), gene(3, "CCC3", "TEFX"), gene(4, "DDD4", "TEFX"), gene(5, ""))
RESOLVER = Resolver(GENES)


def protein(accession: str, symbol: str, *synonyms: str, kind: str | None = "protein") -> ProductNames:
    return ProductNames(database="UniProtKB", object_id=accession, symbol=symbol, synonyms=synonyms, object_type=kind)


def sgd(object_id: str, symbol: str = "AAA1", *synonyms: str) -> ProductNames:
    return ProductNames(database="SGD", object_id=object_id, symbol=symbol, synonyms=synonyms, object_type="gene")


def found(product: ProductNames, *more: Gene) -> tuple[str, str | None]:
    answer = Resolver([*GENES, *more]).resolve(product)
    assert answer.problem is None and answer.candidates == ()
    return " ".join(answer.genes), answer.by


@pytest.mark.parametrize(
    ("product", "answer"),
    [
        (protein("Z90001", "AAA1", "AAA1", "YPR901W"), Resolution(genes=("YPR901W",), by="systematic name")),
        (protein("Z90002", "YPR902C"), Resolution(genes=("YPR902C",), by="systematic name")),
        (protein("Z90003", "TEFX", "TEFX"), Resolution(problem="ambiguous", candidates=("YPR903W", "YPR904C"))),
        (protein("Z90004", "DDD4", "DDD4", "YPR904C"), Resolution(genes=("YPR904C",), by="systematic name")),
        (protein("Z90005", "SHD5", "SHD5", "YPR905W"), Resolution(genes=("YPR905W",), by="systematic name")),
        (protein("Z90006", "ALF1", "ALF1", "YPR909W"), Resolution(problem="outside the genome")),
    ],
)
def test_one_gene_under_many_names(product: ProductNames, answer: Resolution) -> None:
    assert RESOLVER.resolve(product) == answer


def test_sgd_ids_are_exact() -> None:
    assert found(sgd("S000990003", "any")) == ("YPR903W", "sgdid")
    # A product that SGD numbers is looked up by that number alone, whatever names it carries.
    assert RESOLVER.resolve(sgd("S000990099", "AAA1", "YPR901W")) == Resolution(problem="outside the genome")
    assert RESOLVER.resolve(protein("S000990003", "any")) == Resolution(problem="unknown")


@pytest.mark.parametrize("kind", ["protein_complex", "complex"])
def test_a_complex_is_no_gene(kind: str) -> None:
    named = protein("CPX-99001", "AAA1", "YPR901W", "AAA1-BBB2 complex", kind=kind)

    assert RESOLVER.resolve(named) == Resolution(problem="not a gene")
    assert RESOLVER.resolve(protein("P1", "AAA1", kind=None)).genes == ("YPR901W",)


def test_several_systematic_names_are_several_genes() -> None:
    assert found(protein("P1", "TEF1", "YPR904C", "YPR902C", "YPR902C")) == ("YPR902C YPR904C", "systematic name")


def test_the_standard_name_beats_an_alias() -> None:
    assert found(protein("P1", "AAA1")) == ("YPR901W", "standard name")
    assert found(protein("P1", "AAA1", "TEFX")) == ("YPR901W", "standard name")
    # AAA1 is the standard name of one gene and an old name of another: the symbol is the official one.
    assert found(protein("P1", "AAA1"), gene(7, "KKK7", "AAA1")) == ("YPR901W", "standard name")


def test_an_alias_has_to_be_unique() -> None:
    assert found(protein("P1", "ALF1")) == ("YPR901W", "alias")
    assert found(protein("P1", "unheard", "of", "ALF1")) == ("YPR901W", "alias")
    assert found(protein("ALF1", "unheard")) == ("YPR901W", "alias")
    assert found(protein("P1", "unheard", "BBB2")) == ("YPR902C", "alias")
    assert RESOLVER.resolve(protein("P1", "unheard", "ALF1", "TEFX")) == Resolution(
        problem="ambiguous", candidates=("YPR901W", "YPR903W", "YPR904C")
    )


def test_an_alias_that_is_the_standard_name_of_another_gene_is_not_unique() -> None:
    genes = [*GENES, gene(7, "KKK7", "AAA1")]

    assert Resolver(genes).resolve(protein("P1", "unheard", "AAA1")) == Resolution(
        problem="ambiguous", candidates=("YPR901W", "YPR907W")
    )


def test_a_standard_name_of_two_genes_is_ambiguous() -> None:
    genes = [*GENES, gene(7, "AAA1")]

    assert Resolver(genes).resolve(protein("P1", "AAA1", "ALF1")) == Resolution(
        problem="ambiguous", candidates=("YPR901W", "YPR907W")
    )


def test_a_name_nobody_has_is_unknown() -> None:
    assert RESOLVER.resolve(protein("P1", "unheard", "of")) == Resolution(problem="unknown")
    assert RESOLVER.resolve(protein("P1", "aaa1")) == Resolution(problem="unknown")  # case counts: nothing is guessed


@pytest.mark.parametrize("name", ["YAL001C", "YPR204W", "YBR089C-A", "YDL247W-A", "Q0010", "R0040C"])
def test_systematic_names(name: str) -> None:
    assert SYSTEMATIC_NAME.match(name)
    assert RESOLVER.resolve(protein("P1", "ALF1", name)) == Resolution(problem="outside the genome")


@pytest.mark.parametrize(
    "name",
    [
        "YAL01C",
        "YQL001C",
        "YAX001C",
        "YAL001X",
        "YAL001C-",
        "YAL001C-1",
        "Q00955",
        "Q001",
        "R0040",
        "yal001c",
        "YAL001C/B",
    ],
)
def test_other_names_are_not_systematic(name: str) -> None:
    assert not SYSTEMATIC_NAME.match(name)
    assert found(protein("P1", "ALF1", name)) == ("YPR901W", "alias")


NAMES = st.sampled_from(["AAA1", "BBB2", "CCC3", "DDD4", "ALF1", "TEFX", "YPR901W", "YPR905W", "YPR909W", "other"])


@given(NAMES, st.lists(NAMES, max_size=4))
def test_a_gene_is_only_found_under_a_name_of_its_own(symbol: str, synonyms: list[str]) -> None:
    answer = RESOLVER.resolve(protein("P1", symbol, *synonyms))
    own = {gene.id: {gene.id, gene.symbol, *gene.aliases} for gene in GENES}

    assert all(own[name] & {symbol, *synonyms} for name in answer.genes + answer.candidates)
    assert bool(answer.genes) == (answer.problem is None) == (answer.by is not None)
    assert bool(answer.candidates) == (answer.problem == "ambiguous")
    again = RESOLVER.resolve(protein("P1", symbol, *reversed(synonyms)))
    assert again == answer


@pytest.mark.parametrize("taxon", ["taxon:9606", "taxon:9606|taxon:559292", "NCBITaxon:7227"])
def test_a_product_of_another_species_is_none_of_these_genes(taxon: str) -> None:
    of_yeast = Resolver(GENES, ["4932", "559292"])
    for product in (protein("P1", "AAA1", "YPR901W"), sgd("S000990003")):
        assert of_yeast.resolve(replace(product, taxon=taxon)) == Resolution(
            problem="outside the genome", why=f"of another species, {taxon}"
        )


@pytest.mark.parametrize("taxon", [None, "", "taxon:559292", "taxon:4932", "taxon:285006", "taxon:559292|taxon:9606"])
def test_a_strain_counts_as_its_species_and_no_taxon_as_any(taxon: str | None) -> None:
    answer = Resolver(GENES, ["4932", "559292"]).resolve(replace(protein("P1", "AAA1"), taxon=taxon))
    assert answer == Resolution(genes=("YPR901W",), by="standard name")


def test_a_genome_without_species_goes_by_names() -> None:
    assert RESOLVER.resolve(replace(protein("P1", "AAA1"), taxon="taxon:9606")).genes == ("YPR901W",)
