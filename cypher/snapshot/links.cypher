// The candidate hierarchy; one row a term keeps the transfer short.
// mode: read
// parameters: snapshot
// returns: child, parents
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
MATCH (s)-[:RAW_PARENT]->(p:SnapTerm)
RETURN s.id AS child, collect(p.id) AS parents
ORDER BY child
