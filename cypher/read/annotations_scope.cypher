// What annotations can be chosen from and named by, with the time of its loading and its date.
// mode: read
// parameters: none
// returns: kind, name, loaded, date, generated
MATCH (x:Release|AnnotationFile|Genome)
WHERE x.status = 'ready'
RETURN labels(x)[0] AS kind, x.name AS name, toString(x.loaded) AS loaded,
  toString(coalesce(x.date, x.file_date)) AS date, coalesce(x.generated, false) AS generated
ORDER BY kind, name
