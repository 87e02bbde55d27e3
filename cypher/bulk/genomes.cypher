// Internal ids of the genomes that names are resolved against.
// mode: read
// parameters: none
// returns: name, node
MATCH (g:Genome)
WHERE g.status = 'ready'
RETURN g.name AS name, id(g) AS node
ORDER BY name
