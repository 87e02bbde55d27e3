// Loaded annotation files; the family is the database that most of their gene products are identified in.
// mode: read
// parameters: none
// returns: name, family, file_date, ontology_release, rows, merged, refused, annotations, generated
MATCH (f:AnnotationFile {status: 'ready'})
CALL (f) {
  MATCH (p:Product {source: f.name})
  USING INDEX p:Product(source)
  WITH p.database AS database, count(*) AS products
  ORDER BY products DESC, database
  RETURN collect(database)[0] AS family
}
RETURN f.name AS name, family, f.file_date AS file_date, f.ontology_release AS ontology_release, f.rows AS rows,
  f.merged AS merged, f.refused AS refused, f.annotations AS annotations, f.generated AS generated
ORDER BY family, file_date, name
