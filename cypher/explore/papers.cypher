// Papers with most annotations in a file, with genes and terms.
// mode: read
// parameters: source, limit
// returns: paper, annotations, products, terms
// $source: source = newest; the annotation file
// $limit: number = 50; rows at most
// example: source=goa-2019
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
WHERE a.paper IS NOT NULL
WITH a.paper AS paper, collect(a) AS records
WITH paper, records, size(records) AS annotations
ORDER BY annotations DESC, paper
LIMIT $limit
UNWIND records AS a
MATCH (p:Product)<-[:OF]-(a)-[:TO]->(i:GoId)
RETURN paper, annotations, count(DISTINCT p) AS products, count(DISTINCT i) AS terms
ORDER BY annotations DESC, paper
