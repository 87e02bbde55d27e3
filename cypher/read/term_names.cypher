// Names of all terms of a release: one row of lists of equal length, since that travels faster than a row each.
// mode: read
// parameters: release
// returns: ids, names, synonyms, obsolete
MATCH (t:Term {release: $release})
USING INDEX t:Term(release)
WITH t
ORDER BY t.id
WITH collect(t.id) AS ids, collect(coalesce(t.name, '')) AS names, collect(coalesce(t.synonyms, [])) AS synonyms,
  collect(t.obsolete) AS obsolete
RETURN ids, names, synonyms, obsolete
ORDER BY size(ids)
