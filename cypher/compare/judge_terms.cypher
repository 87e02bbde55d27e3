// Annotations of a file that a release has something to say about, by the terms they are made to: one row an annotation
// and remark. A live term of that id goes before one that took the id over, that before an obsolete one. A term is
// rooted if it reaches a root over links that the default recipe follows: is_a and part_of, within its namespace.
// mode: read
// parameters: source, release, letters, relations
// returns: line, remark, term, used, namespace, aspect, relation, evidence, replaced_by, consider
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
MATCH (a)-[:TO]->(i:GoId)
WITH i, collect(a) AS annotations
CALL (i) {
  OPTIONAL MATCH (i)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
  WITH t
  ORDER BY t.obsolete, t.id = i.id DESC, t.id
  RETURN head(collect(t)) AS t
}
WITH i, annotations, t,
  t.obsolete OR EXISTS { (t)((x)-[up:IS_A|PART_OF]->(y) WHERE NOT y.obsolete AND NOT up.crosses)*(:Term {root: true}) } AS rooted
UNWIND annotations AS a
WITH i, a, t, CASE
    WHEN t IS NULL THEN ['unknown']
    WHEN t.obsolete THEN ['obsolete']
    WHEN a.evidence = 'ND' AND NOT t.root THEN ['no data']
    ELSE
      CASE WHEN t.id <> i.id THEN ['alt_id'] ELSE [] END
      + CASE WHEN coalesce($letters[t.namespace], '') = '' THEN ['namespace'] ELSE [] END
      + CASE WHEN NOT rooted THEN ['unrooted'] ELSE [] END
      + CASE WHEN t.root AND a.evidence <> 'ND' THEN ['root'] ELSE [] END
      + CASE WHEN any(k IN keys($letters) WHERE $letters[k] = a.aspect AND k <> t.namespace) THEN ['aspect'] ELSE [] END
      + CASE WHEN a.relation_stated AND NOT t.namespace IN $relations[a.relation] THEN ['relation'] ELSE [] END
  END AS remarks
WHERE size(remarks) > 0
UNWIND remarks AS remark
RETURN a.line AS line, remark, i.id AS term, t.id AS used, t.namespace AS namespace, a.aspect AS aspect,
  a.relation AS relation, a.evidence AS evidence,
  COLLECT { MATCH (t)-[:REPLACED_BY]->(o:GoId) RETURN o.id ORDER BY o.id } AS replaced_by,
  COLLECT { MATCH (t)-[:CONSIDER]->(o:GoId) RETURN o.id ORDER BY o.id } AS consider
ORDER BY line, remark
