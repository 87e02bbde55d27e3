// Genes of a genome that are called so: by id or symbol, else by another name.
// mode: read
// parameters: genome, name
// returns: id, first
MATCH (g:Gene {genome: $genome})
USING INDEX g:Gene(genome)
WHERE toUpper($name) IN [toUpper(g.id), toUpper(g.symbol)] OR $name = g.sgdid OR $name IN g.aliases
RETURN g.id AS id, toUpper($name) IN [toUpper(g.id), toUpper(g.symbol)] AS first
ORDER BY id
