// Number of current direct genes of each term that is left: its own and those that removed terms gave it.
// mode: write
// parameters: snapshot
// returns: terms
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
OPTIONAL MATCH (s)<-[:GENES_TO*0..1]-()-[raw:RAW_GENE]->(g)
WHERE raw.dropped IS NULL
WITH s, count(DISTINCT g) AS n
SET s.direct_genes = n
RETURN count(s) AS terms
