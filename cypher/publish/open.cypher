// Begin to publish a run; it is not visible until its status is ready.
// mode: write
// parameters: run, snapshot, properties
// returns: none
MATCH (s:Snapshot {name: $snapshot})
CREATE (r:Run)
SET r = $properties, r.name = $run, r.status = 'publishing'
CREATE (r)-[:TRAINED_ON]->(s)
