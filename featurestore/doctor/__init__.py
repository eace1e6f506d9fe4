"""Whether a profile's place can be worked in, asked of the place itself and without starting Spark."""
