// Genes that have a name as SGDID or alias; for names that are neither an id nor a symbol.
// mode: read
// parameters: genome, names
// returns: id, symbol, sgdid, by
MATCH (g:Gene {genome: $genome})
USING INDEX g:Gene(genome)
WHERE g.sgdid IN $names OR any(alias IN g.aliases WHERE alias IN $names)
RETURN g.id AS id, g.symbol AS symbol, g.sgdid AS sgdid,
  CASE WHEN g.sgdid IN $names THEN 'SGDID' ELSE 'alias' END AS by
ORDER BY id, by
