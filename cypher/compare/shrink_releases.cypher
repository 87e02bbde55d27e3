// Ontology releases by date (of the release, else of its loading). The one that is being loaded is among them.
// mode: read
// parameters: loading
// returns: name, generated
MATCH (r:Release)
WHERE r.status = 'ready' OR r.name = $loading
RETURN r.name AS name, coalesce(r.generated, false) AS generated
ORDER BY coalesce(r.date, date(r.loaded)), r.loaded, name
