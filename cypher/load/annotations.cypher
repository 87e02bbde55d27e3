// Annotations of one file: who, which term, and everything the row says.
// mode: write
// parameters: source, rows
// returns: none
UNWIND $rows AS row
MATCH (p:Product {source: $source, id: row.product})
USING INDEX p:Product(source, id)
MERGE (i:GoId {id: row.term})
CREATE (a:Annotation)
SET a = row.properties, a.source = $source
CREATE (a)-[:OF]->(p)
CREATE (a)-[:TO]->(i)
