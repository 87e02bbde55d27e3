// Important subsystems of a published run with direct genes that one of the snapshot's files alone supports, by the
// number of such genes and file.
// mode: read
// parameters: run, snapshot, measure, percent, limit
// returns: term, name, score, genes, alone, source
// $run: text; a published run
// $snapshot: snapshot = newest; the snapshot that it was trained on
// $measure: text = permutation; rlipp_gain, permutation or gradient_x_state
// $percent: number = 100; the smallest share of genes that the file alone supports
// $limit: number = 50; rows at most
// example: run=first snapshot=2017-07-19 percent=80
MATCH (r:Run {name: $run, status: 'ready'})-[x:SCORED]->(t:SnapTerm {snapshot: $snapshot})
WHERE x[$measure] > 0
MATCH (t)-[:GENE]->(g:Gene)
WITH t, x[$measure] AS score, g, COLLECT { MATCH (t)<-[:GENES_TO*0..1]-()-[raw:RAW_GENE]->(g)
  UNWIND raw.sources AS source RETURN DISTINCT source ORDER BY source } AS sources
WITH t, score, count(g) AS genes, collect(sources) AS found
UNWIND found AS sources
WITH t, score, genes, sources
WHERE size(sources) = 1
WITH t, score, genes, sources[0] AS source, count(*) AS alone
WHERE 100 * alone >= $percent * genes
RETURN t.id AS term, t.name AS name, score, genes, alone, source
ORDER BY score DESC, term, source
LIMIT $limit
