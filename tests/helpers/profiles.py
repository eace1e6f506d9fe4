"""Which of the package's profiles are of a cluster."""

from __future__ import annotations

from featurestore.config import load_profile
from featurestore.config.layers import known_profiles

CLUSTERS = [name for name in known_profiles() if load_profile(name, variables={}).kubernetes.namespace]
