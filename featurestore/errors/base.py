"""What all errors have in common."""

from __future__ import annotations

from typing import ClassVar


class FeatureStoreError(Exception):
    """Base of every error this package raises on purpose."""

    exit_code: int = 1

    cause: ClassVar[str]
    """When a user meets it; each class that is raised itself has its own."""

    next_move: ClassVar[str]
    """What the user does then, as an order; a message ends with it, or with the order that fits it best."""


class Retryable:
    """Marks an error that may pass when the same call is made again."""


class UsageError(FeatureStoreError):
    """The request, a definition or a setting must change before a retry can help."""

    exit_code = 2


class StepFailed(FeatureStoreError):
    """A step ran and could not finish; what it wrote before is complete or absent."""
