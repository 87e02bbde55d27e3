// Forget the candidates outside the chosen branches that carry nothing into them.
// mode: auto
// parameters: snapshot, namespaces
// returns: none
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
WHERE NOT s.namespace IN $namespaces AND s.carries IS NULL
CALL (s) {
  DETACH DELETE s
} IN TRANSACTIONS OF 500 ROWS
