// Who made the annotations of a file, with the number of gene products and days from first to last.
// mode: read
// parameters: source, limit
// returns: assigned_by, annotations, products, first, last
// $source: source = newest; the annotation file
// $limit: number = 200; rows at most
// example: source=goa-2019
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
MATCH (a)-[:OF]->(p:Product)
UNWIND a.assigned_by AS assigned_by
RETURN assigned_by, count(*) AS annotations, count(DISTINCT p) AS products, min(a.date) AS first,
  max(a.last_date) AS last
ORDER BY annotations DESC, assigned_by
LIMIT $limit
