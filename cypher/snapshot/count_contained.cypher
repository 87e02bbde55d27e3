// Number of genes that each term left contains: attached to it or to any term left below it.
// mode: write
// parameters: snapshot
// returns: terms
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
SET s.contained_genes = 0
WITH count(s) AS all_terms
MATCH (d:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX d:SnapTerm(snapshot, kept)
WHERE d.direct_genes > 0
MATCH (d)-[:RAW_PARENT*0..]->(s:SnapTerm)
WITH DISTINCT d, s
WHERE s.kept
MATCH (d)-[:GENE]->(g:Gene)
WITH s, count(DISTINCT g) AS n
SET s.contained_genes = n
RETURN count(s) AS terms
