// Important subsystems of a published run whose direct genes rest on electronic annotations (IEA) for the most part:
// electronic counts the genes that have no other evidence.
// mode: read
// parameters: run, snapshot, measure, percent, limit
// returns: term, name, score, genes, electronic
// $run: text; a published run
// $snapshot: snapshot = newest; the snapshot that it was trained on
// $measure: text = permutation; rlipp_gain, permutation or gradient_x_state
// $percent: number = 100; the smallest share of genes by electronic annotation alone
// $limit: number = 50; rows at most
// example: run=first snapshot=2017-07-19 percent=80
MATCH (r:Run {name: $run, status: 'ready'})-[x:SCORED]->(t:SnapTerm {snapshot: $snapshot})
WHERE x[$measure] > 0
MATCH (t)-[p:GENE]->(g:Gene)
WITH t, x[$measure] AS score, count(g) AS genes,
  sum(CASE WHEN all(code IN p.evidence WHERE code = 'IEA') THEN 1 ELSE 0 END) AS electronic
WHERE 100 * electronic >= $percent * genes
RETURN t.id AS term, t.name AS name, score, genes, electronic
ORDER BY score DESC, term
LIMIT $limit
