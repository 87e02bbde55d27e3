// What each gene product of a file stands for in a genome: its genes and by which kind of name, or why none; with the
// number of its annotations.
// mode: read
// parameters: source, genome
// returns: id, symbol, genes, by, problem, candidates, why, annotations
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
OPTIONAL MATCH (p)-[m:MAPS_TO]->(g:Gene {genome: $genome})
WITH p, m, g
ORDER BY g.id
WITH p, collect(g.id) AS genes, head(collect(m.by)) AS by
OPTIONAL MATCH (p)-[u:UNRESOLVED_IN]->(:Genome {name: $genome})
RETURN p.id AS id, p.symbol AS symbol, genes, by,
  CASE WHEN size(genes) = 0 THEN coalesce(u.problem, 'not a gene') END AS problem,
  coalesce(u.candidates, []) AS candidates, u.why AS why, COUNT { (p)<-[:OF]-() } AS annotations
ORDER BY id
