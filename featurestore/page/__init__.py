"""The page that shows a model from its events to its verdict: one HTML file that needs nothing else."""
