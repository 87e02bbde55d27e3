// Terms that only one of two snapshots keeps, and what became of them in the other.
// mode: read
// parameters: first, second, limit
// returns: id, name, only_in, other_stage, other_reason
// $first: snapshot = oldest; a snapshot
// $second: snapshot = newest; another one
// $limit: number = 200; rows at most
// example: first=2017-07-19 second=unfiltered
CALL () {
  MATCH (s:SnapTerm {snapshot: $first, kept: true})
  USING INDEX s:SnapTerm(snapshot, kept)
  RETURN s, $first AS only_in, $second AS other
  UNION ALL
  MATCH (s:SnapTerm {snapshot: $second, kept: true})
  USING INDEX s:SnapTerm(snapshot, kept)
  RETURN s, $second AS only_in, $first AS other
}
OPTIONAL MATCH (o:SnapTerm {snapshot: other, id: s.id})
WITH s, only_in, o
WHERE o IS NULL OR NOT o.kept
RETURN s.id AS id, s.name AS name, only_in, coalesce(o.stage, 'no candidate') AS other_stage, o.reason AS other_reason
ORDER BY id, only_in
LIMIT $limit
