// Loaded ontology releases.
// mode: read
// parameters: none
// returns: name, date, live
MATCH (r:Release {status: 'ready'})
RETURN r.name AS name, r.date AS date, r.live AS live
ORDER BY date, name
