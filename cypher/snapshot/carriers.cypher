// Mark the candidates outside the chosen branches from which a term inside is reached: they carry their genes there.
// None of them is a root of this snapshot.
// mode: write
// parameters: snapshot, namespaces
// returns: carriers
MATCH (p:SnapTerm {snapshot: $snapshot})
USING INDEX p:SnapTerm(snapshot)
WHERE p.namespace IN $namespaces
MATCH (p)<-[:RAW_PARENT]-(x)
WHERE NOT x.namespace IN $namespaces
WITH DISTINCT x
MATCH (x)<-[:RAW_PARENT*0..]-(s)
WITH DISTINCT s
WHERE NOT s.namespace IN $namespaces
SET s.carries = true, s.root = false
RETURN count(s) AS carriers
