// Annotations of a file with everything that is stored about them.
// mode: read
// parameters: source
// returns: line, product, symbol, name, term, properties
MATCH (a:Annotation {source: $source})-[:OF]->(p:Product)
MATCH (a)-[:TO]->(i:GoId)
RETURN a.line AS line, p.id AS product, p.symbol AS symbol, p.name AS name, i.id AS term, properties(a) AS properties
ORDER BY line
