"""Situations that end in an error: each makes its own for real and gives the command that meets it."""
