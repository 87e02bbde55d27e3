// Start the record of an annotation file.
// mode: write
// parameters: properties
// returns: none
CREATE (f:AnnotationFile)
SET f = $properties, f.status = 'loading', f.loaded = datetime()
