// Genes of the result at the most specific terms: a term does not get a gene that a term below it has as well. With the
// records behind each that no stage has dropped.
// mode: write
// parameters: snapshot, exclude, asserted_from, asserted_until
// returns: pairs
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE s.direct_genes > 0
CALL (s) {
  OPTIONAL MATCH (s)<-[:PARENT*1..]-(c)
  WITH DISTINCT s, c
  OPTIONAL MATCH (c)<-[:GENES_TO*0..1]-()-[raw:RAW_GENE]->(g)
  WHERE raw.dropped IS NULL
  WITH s, collect(DISTINCT g) AS below
  MATCH (s)<-[:GENES_TO*0..1]-(d)-[raw:RAW_GENE]->(g)
  WHERE raw.dropped IS NULL AND NOT g IN below
  RETURN d, raw, g
}
WITH s, g, d.id AS from, raw.evidence AS evidence, raw.dates AS dates
ORDER BY from
WITH s, g, evidence, dates, [i IN range(0, size(evidence) - 1)
  WHERE NOT evidence[i] IN $exclude
    AND ($asserted_from IS NULL OR dates[i] >= $asserted_from)
    AND ($asserted_until IS NULL OR dates[i] <= $asserted_until)] AS left
WITH s, g, collect([i IN left | evidence[i]]) AS evidence, collect([i IN left | dates[i]]) AS dates
CREATE (s)-[:GENE {evidence: reduce(all = [], part IN evidence | all + part),
  dates: reduce(all = [], part IN dates | all + part)}]->(g)
RETURN count(*) AS pairs
