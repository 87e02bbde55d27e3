// Pairs of a term and its direct gene for which a file has nothing but electronic evidence (IEA), without NOT; by
// term, with the number of its genes.
// mode: read
// parameters: release, genome, source, limit
// returns: term, name, namespace, genes, symbols
// $release: release = newest; the ontology release
// $genome: genome = only; the genome that genes are looked up in
// $source: source = newest; the annotation file
// $limit: number = 200; rows at most
// example: source=goa-2019
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
WHERE NOT a.negated
MATCH (i:GoId)<-[:TO]-(a)-[:OF]->(p:Product)
WITH i, p, min(CASE a.evidence WHEN 'IEA' THEN 1 ELSE 0 END) AS only
WITH i, collect([p, only]) AS products
MATCH (i)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WHERE NOT t.obsolete
UNWIND products AS pair
WITH t, pair[0] AS p, pair[1] AS only
MATCH (p)-[:MAPS_TO]->(g:Gene)
WHERE g.genome = $genome
WITH t, g, min(only) AS only
WHERE only = 1
WITH t, collect(g) AS found
WITH t, found, size(found) AS genes
ORDER BY genes DESC, t.id
LIMIT $limit
RETURN t.id AS term, t.name AS name, t.namespace AS namespace, genes,
  COLLECT { UNWIND found AS g RETURN g.symbol ORDER BY g.symbol, g.id LIMIT 20 } AS symbols
ORDER BY genes DESC, term
