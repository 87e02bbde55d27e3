// Annotations of a file by the year of their last date and by evidence, with NOT counted apart.
// mode: read
// parameters: source, limit
// returns: year, evidence, annotations, negated
// $source: source = newest; the annotation file
// $limit: number = 1000; rows at most
// example: source=goa-2019
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
RETURN a.last_date.year AS year, a.evidence AS evidence, count(*) AS annotations,
  count(CASE WHEN a.negated THEN 1 END) AS negated
ORDER BY year, evidence
LIMIT $limit
