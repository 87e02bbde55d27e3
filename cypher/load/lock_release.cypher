// Give the write lock back.
// mode: write
// parameters: token
// returns: none
MATCH (l:Lock {name: 'write', token: $token})
REMOVE l.token, l.purpose, l.host, l.pid, l.seen, l.attempt
