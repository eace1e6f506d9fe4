"""Ways to run a SparkApplication behind one interface."""
