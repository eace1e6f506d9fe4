"""Split, train, evaluate and keep models with Spark ML; knows DataFrames and URIs, not tables."""
