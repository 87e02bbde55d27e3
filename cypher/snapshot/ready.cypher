// Make a snapshot visible.
// mode: write
// parameters: name, properties
// returns: none
MATCH (s:Snapshot {name: $name})
SET s += $properties, s.status = 'ready', s.finished = datetime()
