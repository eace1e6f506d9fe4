"""HOW it is done with Spark and Hudi: reading, validating, tables, windows, point-in-time joins."""
