"""Measurements: each is a module that prints one JSON object."""
