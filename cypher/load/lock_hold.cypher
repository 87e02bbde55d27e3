// Show that the holder of the write lock is alive, and whether it still holds the lock.
// The time is that of the clock, not of the start of a transaction, which may be long ago.
// mode: write
// parameters: token
// returns: held
MATCH (l:Lock {name: 'write', token: $token})
SET l.seen = datetime.realtime()
RETURN l.token AS held
