// Show that the holder of the write lock is alive.
// mode: write
// parameters: token
// returns: none
MATCH (l:Lock {name: 'write', token: $token})
SET l.seen = datetime()
