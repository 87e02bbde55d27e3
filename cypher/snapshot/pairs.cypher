// Direct genes of the result with the evidence codes behind each pair and the earliest day any of it was asserted;
// one row a term keeps the transfer short.
// mode: read
// parameters: snapshot
// returns: term, genes
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
MATCH (s)-[link:GENE]->(g:Gene)
WITH s, g, link.evidence AS evidence,
  reduce(first = head(link.dates), day IN link.dates | CASE WHEN day < first THEN day ELSE first END) AS first
ORDER BY g.id
RETURN s.id AS term, collect([g.id, g.symbol, evidence, toString(first)]) AS genes
ORDER BY term
