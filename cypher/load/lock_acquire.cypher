// Take the write lock if nobody holds it, if its holder is known to be dead, or if its lease has run out.
// Setting a property first takes the node's lock in the database, so two commands cannot both pass the test.
// mode: write
// parameters: token, purpose, host, pid, dead, lease
// returns: acquired
MATCH (l:Lock {name: 'write'})
SET l.attempt = $token
WITH l
WHERE l.token IS NULL OR l.token IN $dead OR l.seen < datetime() - duration({seconds: $lease})
SET l.token = $token, l.purpose = $purpose, l.host = $host, l.pid = $pid, l.seen = datetime.realtime()
RETURN l.token AS acquired
