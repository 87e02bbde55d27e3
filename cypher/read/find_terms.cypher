// Terms by id, name, synonym or alt_id, with the releases that have them; the name is that of the newest release.
// mode: read
// parameters: text
// returns: id, name, namespace, releases, matched, obsolete
CALL () {
  MATCH (r:Release {status: 'ready'})
  MATCH (t:Term {release: r.name})
  USING INDEX t:Term(release)
  WITH r, t, [name IN [t.id, t.name] + t.synonyms WHERE toLower(name) STARTS WITH toLower($text)] AS names
  WHERE size(names) > 0
  RETURN r, t, names
  UNION ALL
  MATCH (i:GoId)
  USING INDEX i:GoId(id)
  WHERE i.id STARTS WITH toUpper($text)
  MATCH (i)<-[:ALT_ID]-(t:Term)
  MATCH (r:Release {name: t.release, status: 'ready'})
  RETURN r, t, [i.id] AS names
}
WITH t, coalesce(r.date, date(r.loaded)) AS day, names
ORDER BY day DESC, t.release DESC
WITH t.id AS id, head(collect(t.name)) AS name, head(collect(t.namespace)) AS namespace,
  collect(DISTINCT t.release) AS releases, reduce(all = [], part IN collect(names) | all + part) AS matched,
  head(collect(t.obsolete)) AS obsolete
RETURN id, name, namespace, releases, matched, obsolete
ORDER BY id
