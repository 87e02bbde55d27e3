// The candidate hierarchy.
// mode: read
// parameters: snapshot
// returns: child, parent
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
MATCH (s)-[:RAW_PARENT]->(p:SnapTerm)
RETURN s.id AS child, p.id AS parent
ORDER BY child, parent
