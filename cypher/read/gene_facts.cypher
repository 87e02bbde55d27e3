// What a genome says about a gene.
// mode: read
// parameters: genome, gene
// returns: id, symbol, sgdid, aliases, qualifier, chromosome
MATCH (g:Gene {genome: $genome, id: $gene})
USING INDEX g:Gene(genome, id)
RETURN g.id AS id, g.symbol AS symbol, g.sgdid AS sgdid, coalesce(g.aliases, []) AS aliases, g.qualifier AS qualifier,
  g.chromosome AS chromosome
ORDER BY id
