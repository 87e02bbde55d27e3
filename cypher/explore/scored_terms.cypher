// Subsystems of a published run by importance, with the evidence codes, files and first and last days behind their
// direct genes.
// mode: read
// parameters: run, snapshot, measure, limit
// returns: term, name, score, q, genes, evidence, sources, first, last
// $run: text; a published run
// $snapshot: snapshot = newest; the snapshot that it was trained on
// $measure: text = permutation; rlipp_gain, permutation or gradient_x_state
// $limit: number = 50; rows at most
// example: run=first snapshot=2017-07-19
MATCH (r:Run {name: $run, status: 'ready'})-[x:SCORED]->(t:SnapTerm {snapshot: $snapshot})
WHERE x[$measure] IS NOT NULL
WITH t, x[$measure] AS score, x[$measure + '_q'] AS q
ORDER BY score DESC, t.id
LIMIT $limit
OPTIONAL MATCH (t)-[p:GENE]->(g:Gene)
WITH t, score, q, count(g) AS genes, collect(p.evidence) AS codes, collect(p.dates) AS days,
  COLLECT { MATCH (t)<-[:GENES_TO*0..1]-()-[raw:RAW_GENE]->() UNWIND raw.sources AS source
    RETURN DISTINCT source ORDER BY source } AS sources
RETURN t.id AS term, t.name AS name, score, q, genes,
  COLLECT { UNWIND codes AS list UNWIND list AS code RETURN DISTINCT code ORDER BY code } AS evidence, sources,
  reduce(low = null, list IN days | reduce(least = low, day IN list |
    CASE WHEN least IS NULL OR day < least THEN day ELSE least END)) AS first,
  reduce(high = null, list IN days | reduce(most = high, day IN list |
    CASE WHEN most IS NULL OR day > most THEN day ELSE most END)) AS last
ORDER BY score DESC, term
