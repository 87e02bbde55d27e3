// Candidates from which no root can be reached.
// mode: write
// parameters: snapshot
// returns: removed
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
WITH s, EXISTS { (s)-[:RAW_PARENT*0..]->({root: true}) } AS rooted
WHERE NOT rooted
SET s.kept = false, s.stage = 'unrooted', s.reason = 'no path to a root over the relations followed'
RETURN count(s) AS removed
