// The snapshot that a run is to be published for.
// mode: read
// parameters: snapshot
// returns: snapshot_id
MATCH (s:Snapshot {name: $snapshot, status: 'ready'})
RETURN s.snapshot_id AS snapshot_id
ORDER BY snapshot_id
