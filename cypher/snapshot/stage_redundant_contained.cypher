// Terms that contain the same genes as a child, all judged on the state before; run again for further rounds. A child's
// genes are a part of its parent's, so an equal number is an equal set. A root never goes: its equal child does.
// mode: write
// parameters: snapshot
// returns: removed
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE NOT s.root AND s.contained_genes > 0
CALL (s) {
  MATCH (s)<-[:RAW_PARENT]-(c)
  RETURN c
  UNION
  MATCH ANY SHORTEST (s)(()<-[:RAW_PARENT]-(x) WHERE NOT x.kept)+()<-[:RAW_PARENT]-(c)
  RETURN c
  UNION
  MATCH (s)-[:RAW_PARENT]->(c)
  WHERE c.root
  RETURN c
  UNION
  MATCH ANY SHORTEST (s)(()-[:RAW_PARENT]->(x) WHERE NOT x.kept)+()-[:RAW_PARENT]->(c)
  WITH c
  WHERE c.root
  RETURN c
}
WITH s, c
WHERE c.kept AND c.contained_genes = s.contained_genes
WITH s, c
ORDER BY c.root, c.id
WITH s, collect(c)[0] AS c
WITH collect({term: s, equal: c}) AS found
UNWIND found AS row
WITH row.term AS s, row.equal AS c
SET s.kept = false, s.stage = 'redundant', s.equal_to = c.id,
  s.reason = 'contains the same ' + s.contained_genes + CASE s.contained_genes WHEN 1 THEN ' gene' ELSE ' genes' END
    + ' as its ' + CASE WHEN c.root THEN 'root ' ELSE 'child ' END + c.id
RETURN count(s) AS removed
