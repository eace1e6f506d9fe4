"""Pipelines: what runs the jobs in order, here or on a cluster; no Spark is imported."""
