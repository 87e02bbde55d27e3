// Internal ids of the genes of a genome.
// mode: read
// parameters: genome
// returns: id, node
MATCH (g:Gene {genome: $genome})
RETURN g.id AS id, id(g) AS node
ORDER BY node
