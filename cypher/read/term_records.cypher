// The records in a snapshot that give genes to some of its terms: those of each term itself, and those of removed terms
// whose genes went to it; records that a filter left out are not among them.
// mode: read
// parameters: snapshot, terms
// returns: term, name, gene, symbol, stated, evidence, date, source
UNWIND $terms AS id
MATCH (s:SnapTerm {snapshot: $snapshot, id: id})
USING INDEX s:SnapTerm(snapshot, id)
WHERE s.kept
MATCH (s)-[pair:GENE]->(g:Gene)
MATCH (s)<-[:GENES_TO*0..1]-(d)-[raw:RAW_GENE]->(g)
WHERE raw.dropped IS NULL
UNWIND range(0, size(raw.evidence) - 1) AS place
WITH s, g, d, pair, raw.evidence[place] AS code, raw.dates[place] AS day, raw.sources[place] AS source
WHERE any(i IN range(0, size(pair.evidence) - 1) WHERE pair.evidence[i] = code AND pair.dates[i] = day)
RETURN s.id AS term, s.name AS name, g.id AS gene, g.symbol AS symbol, d.id AS stated, code AS evidence,
  toString(day) AS date, source
ORDER BY term, gene, stated, date, evidence, source
