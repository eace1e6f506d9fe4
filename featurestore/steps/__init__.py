"""In order: one module a step, each read -> pure functions -> write -> report."""
