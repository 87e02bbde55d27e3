// What became of some terms in a snapshot; terms that were no candidates are left out.
// mode: read
// parameters: snapshot, terms
// returns: term, name, kept, stage, reason
UNWIND $terms AS id
MATCH (s:SnapTerm {snapshot: $snapshot, id: id})
USING INDEX s:SnapTerm(snapshot, id)
RETURN s.id AS term, s.name AS name, s.kept AS kept, s.stage AS stage, s.reason AS reason
ORDER BY term
