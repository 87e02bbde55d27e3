"""The only room that speaks to Neo4j: the embedded server, the queries, loading, building and asking."""
