"""The clickstream example: a shop's public event log, made-up streams of its shape, and their story."""
