// Links of the result.
// mode: read
// parameters: snapshot
// returns: child, parent, kind
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
MATCH (s)-[link:PARENT]->(p:SnapTerm)
RETURN s.id AS child, p.id AS parent, link.kind AS kind
ORDER BY child, parent
