"""What all errors have in common."""

from __future__ import annotations


class FeatureStoreError(Exception):
    """Base of every error this package raises on purpose."""

    exit_code: int = 1


class Retryable:
    """Marks an error that may pass when the same call is made again."""


class UsageError(FeatureStoreError):
    """The request, a definition or a setting must change before a retry can help."""

    exit_code = 2


class StepFailed(FeatureStoreError):
    """A step ran and could not finish; what it wrote before is complete or absent."""
