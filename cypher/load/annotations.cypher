// Annotations of one file: who, which term, and everything the row says. Product and id are named by the node, which
// costs no look-up and locks no index entry, so that two batches can be written at once.
// mode: write
// parameters: source, rows
// returns: none
UNWIND $rows AS row
MATCH (p:Product)
WHERE elementId(p) = row.product
MATCH (i:GoId)
WHERE elementId(i) = row.term
CREATE (a:Annotation)
SET a = row.properties, a.source = $source
CREATE (a)-[:OF]->(p)
CREATE (a)-[:TO]->(i)
