// Make an annotation file visible, with the counts found in the database itself.
// mode: write
// parameters: name
// returns: annotations, products
MATCH (f:AnnotationFile {name: $name})
CALL (f) {
  MATCH (a:Annotation {source: f.name})
  RETURN count(a) AS annotations
}
CALL (f) {
  MATCH (p:Product {source: f.name})
  RETURN count(p) AS products
}
SET f.status = 'ready', f.annotations = annotations, f.products = products
RETURN annotations, products
