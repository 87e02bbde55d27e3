// Annotations of one file: who, which term, and everything the row says. Product and id are named by the node, which
// costs no look-up and locks no index entry, so that two batches can be written at once. An annotation that one row
// states comes without the lists of its lines and dates, which are made here: to send them is a third of the work.
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
SET a.lines = coalesce(a.lines, [a.line]), a.last_line = coalesce(a.last_line, a.line)
SET a.dates = coalesce(a.dates, [a.date]), a.last_date = coalesce(a.last_date, a.date)
CREATE (a)-[:OF]->(p)
CREATE (a)-[:TO]->(i)
