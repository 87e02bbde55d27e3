"""Measured strains: reading tables of phenotypes, keeping them as datasets, and dividing them for training."""
