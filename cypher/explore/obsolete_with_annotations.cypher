// Ids that a file annotates and that are obsolete in a release or not in it at all, with what to use instead.
// mode: read
// parameters: release, source, limit
// returns: id, name, problem, annotations, products, replaced_by, consider
// $release: release = newest; the ontology release
// $source: source = newest; the annotation file
// $limit: number = 200; rows at most
// example: source=sgd-2011
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
MATCH (a)-[:TO]->(i:GoId)
WITH i, collect(a) AS records
OPTIONAL MATCH (i)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WITH i, records, collect(t) AS terms
WHERE all(t IN terms WHERE t.obsolete)
UNWIND records AS a
MATCH (a)-[:OF]->(p:Product)
WITH i, head(terms) AS t, count(DISTINCT a) AS annotations, count(DISTINCT p) AS products
RETURN i.id AS id, t.name AS name, CASE WHEN t IS NULL THEN 'not in the release' ELSE 'obsolete' END AS problem,
  annotations, products,
  COLLECT { MATCH (t)-[:REPLACED_BY]->(o:GoId) RETURN o.id ORDER BY o.id } AS replaced_by,
  COLLECT { MATCH (t)-[:CONSIDER]->(o:GoId) RETURN o.id ORDER BY o.id } AS consider
ORDER BY annotations DESC, id
LIMIT $limit
