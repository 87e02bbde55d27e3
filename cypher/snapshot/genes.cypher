// Current direct genes of the candidates, with the records behind each: at the start, those of the pairs.
// mode: write
// parameters: snapshot
// returns: pairs
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
MATCH (s)-[raw:RAW_GENE]->(g:Gene)
CREATE (s)-[:GENE {evidence: raw.evidence, dates: raw.dates}]->(g)
RETURN count(*) AS pairs
