// Genes of a genome, for resolving names.
// mode: read
// parameters: genome
// returns: id, sgdid, symbol, aliases
MATCH (g:Gene {genome: $genome})
RETURN g.id AS id, g.sgdid AS sgdid, g.symbol AS symbol, g.aliases AS aliases
ORDER BY id
