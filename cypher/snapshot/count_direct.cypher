// Number of current direct genes of each term that is left.
// mode: write
// parameters: snapshot
// returns: terms, pairs
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WITH s, COUNT { (s)-[:GENE]->(:Gene) } AS n
SET s.direct_genes = n
RETURN count(s) AS terms, sum(n) AS pairs
