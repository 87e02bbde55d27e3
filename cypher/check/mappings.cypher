// Which genes of a genome the products of a file stand for, or why for none.
// mode: read
// parameters: source, genome
// returns: id, genes, by, problem, candidates
MATCH (p:Product {source: $source})
OPTIONAL MATCH (p)-[m:MAPS_TO]->(g:Gene {genome: $genome})
WITH p, m, g
ORDER BY g.id
WITH p, collect(g.id) AS genes, collect(DISTINCT m.by) AS by
OPTIONAL MATCH (p)-[u:UNRESOLVED_IN]->(:Genome {name: $genome})
RETURN p.id AS id, genes, by, u.problem AS problem, u.candidates AS candidates
ORDER BY id
