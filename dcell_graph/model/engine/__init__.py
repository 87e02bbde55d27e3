"""The engine: one forward and backward pass over the distinct rows of a batch, in a compiled and a pure torch form."""
