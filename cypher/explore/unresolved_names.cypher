// Gene products of a file that stand for no gene of a genome, and why, those with most annotations first.
// mode: read
// parameters: genome, source, limit
// returns: product, symbol, object_type, problem, candidates, annotations
// $genome: genome = only; the genome that genes are looked up in
// $source: source = newest; the annotation file
// $limit: number = 200; rows at most
// example: source=goa-2019
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
MATCH (p)-[u:UNRESOLVED_IN]->(:Genome {name: $genome})
RETURN p.id AS product, p.symbol AS symbol, p.object_type AS object_type, u.problem AS problem,
  u.candidates AS candidates, COUNT { (p)<-[:OF]-(:Annotation) } AS annotations
ORDER BY annotations DESC, product
LIMIT $limit
