// Why terms are not in a snapshot: the reasons with the number of terms, and one term as an example.
// mode: read
// parameters: snapshot, limit
// returns: stage, reason, terms, example
// $snapshot: snapshot = newest; the snapshot
// $limit: number = 50; rows at most
// example: snapshot=2017-07-19
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
WHERE NOT s.kept
WITH s.stage AS stage, s.id AS id,
  CASE WHEN s.equal_to IS NULL THEN s.reason ELSE 'has the same genes as a term below it' END AS reason
RETURN stage, reason, count(*) AS terms, min(id) AS example
ORDER BY terms DESC, stage, reason
LIMIT $limit
