// Make a published run visible.
// mode: write
// parameters: run
// returns: none
MATCH (r:Run {name: $run})
SET r.status = 'ready', r.published = datetime()
