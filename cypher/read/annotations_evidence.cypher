// The evidence codes that the annotations of some files have.
// mode: read
// parameters: sources
// returns: evidence
UNWIND $sources AS source
MATCH (a:Annotation {source: source})
USING INDEX a:Annotation(source)
RETURN DISTINCT a.evidence AS evidence
ORDER BY evidence
