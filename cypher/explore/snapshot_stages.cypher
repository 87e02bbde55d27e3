// Where the candidate terms of a snapshot went, stage by stage; without a stage are those that it keeps.
// mode: read
// parameters: snapshot, limit
// returns: stage, terms, direct_genes, contained_genes
// $snapshot: snapshot = newest; the snapshot
// $limit: number = 50; rows at most
// example: snapshot=2017-07-19
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
RETURN s.stage AS stage, count(*) AS terms, avg(s.direct_genes) AS direct_genes, avg(s.contained_genes) AS contained_genes
ORDER BY terms DESC, stage
LIMIT $limit
