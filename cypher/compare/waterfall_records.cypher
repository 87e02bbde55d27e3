// What a waterfall or a count needs of the annotations of a source, in columns. A row is a block of gene products (those
// whose ids end alike) and holds lists of equal length with one list a product: this is several times quicker to
// transfer than a row an annotation. A day is the number YYYYMMDD, or a list of them where rows were merged. The properties
// of an annotation are taken at once, since each look at one of them goes through all that stand before it; lists of
// dates, which are stored apart, are looked at only where rows were merged.
// mode: read
// parameters: source
// returns: block, product, stated, evidence, negated, days
MATCH (p:Product {source: $source})
USING INDEX p:Product(source)
MATCH (p)<-[:OF]-(a:Annotation)-[:TO]->(i:GoId)
WITH p, i, a, a {.evidence, .negated, .date, .line, .last_line} AS m
WITH p.id AS product,
  collect(i.id) AS stated,
  collect(m.evidence) AS evidence,
  collect(m.negated) AS negated,
  collect(CASE WHEN m.line = m.last_line THEN m.date.year * 10000 + m.date.month * 100 + m.date.day
    ELSE [day IN a.dates | day.year * 10000 + day.month * 100 + day.day] END) AS days
WITH right(product, 2) AS block, collect(product) AS product,
  collect(stated) AS stated,
  collect(evidence) AS evidence,
  collect(negated) AS negated,
  collect(days) AS days
RETURN block, product, stated, evidence, negated, days
ORDER BY block
