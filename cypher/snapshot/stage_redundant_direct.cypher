// Terms whose direct genes equal those of a child, all judged on the state before; run again for further rounds.
// A root never goes: its equal child does.
// mode: write
// parameters: snapshot
// returns: removed
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE NOT s.root AND s.direct_genes > 0
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
WHERE c.kept AND c.direct_genes = s.direct_genes
CALL (s) {
  MATCH (s)<-[:GENES_TO*0..1]-()-[raw:RAW_GENE]->(g)
  WHERE raw.dropped IS NULL
  RETURN collect(g) AS genes
}
CALL (c) {
  MATCH (c)<-[:GENES_TO*0..1]-()-[raw:RAW_GENE]->(g)
  WHERE raw.dropped IS NULL
  RETURN collect(g) AS others
}
WITH s, c, genes, others
WHERE all(g IN others WHERE g IN genes)
WITH s, c
ORDER BY c.root, c.id
WITH s, collect(c)[0] AS c
WITH collect({term: s, equal: c}) AS found
UNWIND found AS row
WITH row.term AS s, row.equal AS c
SET s.kept = false, s.stage = 'redundant', s.equal_to = c.id,
  s.reason = 'has the same ' + s.direct_genes + CASE s.direct_genes WHEN 1 THEN ' direct gene' ELSE ' direct genes' END
    + ' as its ' + CASE WHEN c.root THEN 'root ' ELSE 'child ' END + c.id
RETURN count(s) AS removed
