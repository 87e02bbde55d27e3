// How many rows of a source were refused, by reason.
// mode: read
// parameters: source
// returns: reason, refused
MATCH (f:Finding {kind: 'AnnotationFile', of: $source})
USING INDEX f:Finding(kind, of)
WHERE f.outcome = 'refused'
RETURN f.reason AS reason, count(*) AS refused
ORDER BY reason
