// Names of all genes of a genome: one row of lists of equal length.
// mode: read
// parameters: genome
// returns: ids, symbols, others
MATCH (g:Gene {genome: $genome})
USING INDEX g:Gene(genome)
WITH g
ORDER BY g.id
WITH collect(g.id) AS ids, collect(coalesce(g.symbol, g.id)) AS symbols,
  collect(coalesce(g.aliases, []) + [name IN [g.sgdid] WHERE name IS NOT NULL]) AS others
RETURN ids, symbols, others
ORDER BY size(ids)
