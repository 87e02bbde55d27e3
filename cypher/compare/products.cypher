// Gene products of a source with the genes of a genome that they stand for, or why they stand for none; in blocks of
// products whose ids end alike, with lists of equal length.
// mode: read
// parameters: source, genome
// returns: block, product, symbol, genes, symbols, problem, candidates
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
OPTIONAL MATCH (p)-[:MAPS_TO]->(g:Gene {genome: $genome})
WITH p, g
ORDER BY g.id
WITH p, collect(g.id) AS genes, collect(g.symbol) AS symbols
OPTIONAL MATCH (p)-[u:UNRESOLVED_IN]->(:Genome {name: $genome})
WITH p, genes, symbols, coalesce(u.problem, '') AS problem, coalesce(u.candidates, []) AS candidates
RETURN right(p.id, 2) AS block, collect(p.id) AS product, collect(p.symbol) AS symbol, collect(genes) AS genes,
  collect(symbols) AS symbols, collect(problem) AS problem, collect(candidates) AS candidates
ORDER BY block
