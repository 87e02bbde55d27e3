// Loaded annotation files, with what tells their family: the database and the species of most of their gene products.
// mode: read
// parameters: none
// returns: name, database, species, file_date, ontology_release, rows, merged, refused, annotations, generated
MATCH (f:AnnotationFile {status: 'ready'})
RETURN f.name AS name, f.database AS database, f.species AS species, f.file_date AS file_date,
  f.ontology_release AS ontology_release, f.rows AS rows, f.merged AS merged,
  f.refused AS refused, f.annotations AS annotations, f.generated AS generated
ORDER BY database, species, file_date, name
