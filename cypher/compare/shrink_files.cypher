// Annotation files by date (of the file, else of its loading), with what tells their family. The file that is being loaded
// is among them.
// mode: read
// parameters: loading
// returns: name, generated, database, species
MATCH (f:AnnotationFile)
WHERE f.status = 'ready' OR f.name = $loading
RETURN f.name AS name, coalesce(f.generated, false) AS generated, f.database AS database, f.species AS species
ORDER BY coalesce(f.file_date, date(f.loaded)), f.loaded, name
