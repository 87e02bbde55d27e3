// A published run by name; with another status than ready, the remains of a command that was killed.
// mode: read
// parameters: run
// returns: content, status
MATCH (r:Run {name: $run})
RETURN r.content AS content, r.status AS status
ORDER BY status
