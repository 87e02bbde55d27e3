// Names of live terms of a release.
// mode: read
// parameters: release, ids
// returns: term, name, namespace, root
UNWIND $ids AS id
MATCH (t:Term {release: $release, id: id})
USING INDEX t:Term(release, id)
RETURN t.id AS term, t.name AS name, t.namespace AS namespace, t.root AS root
ORDER BY term
