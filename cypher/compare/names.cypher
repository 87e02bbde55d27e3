// Names of live terms of a release, in columns: one row of lists of equal length.
// mode: read
// parameters: release, ids
// returns: term, name, namespace
UNWIND $ids AS id
MATCH (t:Term {release: $release, id: id})
USING INDEX t:Term(release, id)
RETURN collect(t.id) AS term, collect(t.name) AS name, collect(t.namespace) AS namespace
ORDER BY size(term)
