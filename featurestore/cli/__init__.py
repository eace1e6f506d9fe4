"""The command line: the same verbs as Python, for people and for scripts."""

from featurestore.cli.app import main

__all__ = ["main"]
