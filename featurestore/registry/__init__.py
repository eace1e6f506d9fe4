"""The definitions that a lake is run by: immutable generations, each made by one applier alone."""
