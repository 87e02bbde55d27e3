"""The frozen hand-over between the database and the model: recipes, the snapshot itself, and its form on disk."""
