// Start a snapshot; it stays invisible until its status is ready.
// mode: write
// parameters: properties
// returns: none
CREATE (s:Snapshot)
SET s = $properties, s.status = 'building', s.started = datetime()
