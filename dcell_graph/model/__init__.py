"""The models: options, structure, the plain and the vectorised DCell, weights and loss."""
