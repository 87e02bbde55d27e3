// Links of the result between terms that were linked before.
// mode: write
// parameters: snapshot
// returns: links
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
MATCH (s)-[raw:RAW_PARENT]->(p:SnapTerm)
WHERE p.kept
CREATE (s)-[:PARENT {kind: raw.kind}]->(p)
RETURN count(*) AS links
