// Terms of the result.
// mode: read
// parameters: snapshot
// returns: term, name, namespace, artificial
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
RETURN s.id AS term, s.name AS name, s.namespace AS namespace, coalesce(s.artificial, false) AS artificial
ORDER BY term
