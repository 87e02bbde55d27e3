// Live terms of a release, in columns, in blocks of ids that end alike.
// mode: read
// parameters: release
// returns: block, term, name, namespace, root
MATCH (t:Term {release: $release})
USING INDEX t:Term(release)
WHERE NOT t.obsolete
RETURN right(t.id, 1) AS block, collect(t.id) AS term, collect(t.name) AS name, collect(t.namespace) AS namespace,
  collect(t.root) AS root
ORDER BY block
