// Annotation files by date (of the file, else of its loading), with what tells their family: the databases of their
// products, the one with most products first, and the taxa. The file that is being loaded is among them.
// mode: read
// parameters: loading
// returns: name, generated, databases, taxa
MATCH (f:AnnotationFile)
WHERE f.status = 'ready' OR f.name = $loading
CALL (f) {
  MATCH (p:Product {source: f.name})
  USING INDEX p:Product(source)
  WITH p.database AS database, count(p) AS products, collect(DISTINCT p.taxon) AS taxa
  ORDER BY products DESC, database
  RETURN collect(database) AS databases, reduce(all = [], part IN collect(taxa) | all + part) AS taxa
}
RETURN f.name AS name, coalesce(f.generated, false) AS generated, databases, taxa
ORDER BY coalesce(f.file_date, date(f.loaded)), f.loaded, name
