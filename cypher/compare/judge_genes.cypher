// Annotations of a file whose product is no gene of the genome, with the reason.
// mode: read
// parameters: source, genome
// returns: line, product, symbol, problem, candidates, why
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
WHERE NOT EXISTS { (p)-[:MAPS_TO]->(:Gene {genome: $genome}) }
OPTIONAL MATCH (p)-[u:UNRESOLVED_IN]->(:Genome {name: $genome})
MATCH (p)<-[:OF]-(a:Annotation)
RETURN a.line AS line, p.id AS product, p.symbol AS symbol, coalesce(u.problem, 'not a gene') AS problem,
  coalesce(u.candidates, []) AS candidates, u.why AS why
ORDER BY line
