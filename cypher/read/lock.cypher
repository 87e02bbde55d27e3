// Who holds the write lock.
// mode: read
// parameters: none
// returns: token, purpose, host, pid
MATCH (l:Lock {name: 'write'})
RETURN l.token AS token, l.purpose AS purpose, l.host AS host, l.pid AS pid
ORDER BY token
