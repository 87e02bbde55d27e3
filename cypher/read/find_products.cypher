// Gene products by id, symbol, name or synonym, with the files that have them and the number of their annotations.
// mode: read
// parameters: text
// returns: id, symbol, name, sources, matched, annotations, negated
MATCH (p:Product)
WITH p, [p.id, p.object_id, p.symbol, p.name] + p.synonyms AS names
WITH p, [name IN names WHERE toLower(name) STARTS WITH toLower($text)] AS matched
WHERE size(matched) > 0 AND EXISTS { (:AnnotationFile {name: p.source, status: 'ready'}) }
CALL (p) {
  OPTIONAL MATCH (p)<-[:OF]-(a:Annotation)
  RETURN count(a) AS annotations, count(CASE WHEN a.negated THEN 1 END) AS negated
}
WITH p, matched, annotations, negated
ORDER BY p.source
WITH p.id AS id, head(collect(p.symbol)) AS symbol, head(collect(p.name)) AS name, collect(p.source) AS sources,
  reduce(all = [], part IN collect(matched) | all + part) AS matched, sum(annotations) AS annotations,
  sum(negated) AS negated
RETURN id, symbol, name, sources, matched, annotations, negated
ORDER BY id
