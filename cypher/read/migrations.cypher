// The schema migrations that were applied.
// mode: read
// parameters: none
// returns: name
MATCH (m:Migration)
RETURN m.name AS name
ORDER BY name
