"""WHERE things run: profiles hold values, `clouds` holds the rules that differ by storage."""

from featurestore.config.load import load_profile
from featurestore.config.profile import KafkaSettings, Profile, SparkSettings, StorageSettings

__all__ = ["KafkaSettings", "Profile", "SparkSettings", "StorageSettings", "load_profile"]
