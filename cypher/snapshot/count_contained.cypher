// Number of genes that each term left contains: attached to it or to any term left below it.
// mode: write
// parameters: snapshot
// returns: terms
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
SET s.contained_genes = 0
WITH count(s) AS all_terms
MATCH (c:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX c:SnapTerm(snapshot, kept)
WHERE c.direct_genes > 0
MATCH (c)<-[:GENES_TO*0..1]-()-[raw:RAW_GENE]->(g)
WHERE raw.dropped IS NULL
WITH c, collect(DISTINCT g) AS genes
CALL (c) {
  MATCH (c)-[:RAW_PARENT*0..]->(s)
  WITH DISTINCT s
  WHERE s.kept
  RETURN s
}
UNWIND genes AS g
WITH s, count(DISTINCT g) AS n
SET s.contained_genes = n
RETURN count(s) AS terms
