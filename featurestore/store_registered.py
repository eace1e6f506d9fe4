"""The verbs of a `FeatureStore` on saved models: list them, and let aliases stand for them; none needs Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.step_requests import RegisterModelRequest
from featurestore.store_base import StoreBase

if TYPE_CHECKING:
    from featurestore.step_reports import AliasReport, ModelsReport, RegisterModelReport


class RegisteredModelVerbs(StoreBase):
    """Models listed and named."""

    def models(self) -> ModelsReport:
        """Every version of every model, with its aliases.

        >>> [(model.version, model.aliases) for model in store.models().models]
        [(1, ('champion',)), (2, ())]
        """
        from featurestore.steps.models import models_under

        return models_under(self.profile.storage.root_uri)

    def promote(self, model: str, version: int, *, alias: str = "champion") -> AliasReport:
        """Lets an alias stand for a version of a model; raises `ArtifactNotFound`, `RegistryMoved`.

        >>> store.promote("propensity", 1).alias
        'champion'
        """
        from featurestore.steps.models import promote_model

        return promote_model(self.profile.storage.root_uri, model=model, version=version, alias=alias)

    def register_model(
        self, model: str, version: int, training_set: str, *, alias: str = "champion"
    ) -> RegisterModelReport:
        """Promotes a version by its evaluation on a training set, which must have passed the gate of its spec.

        Raises `ArtifactNotFound` without that evaluation, `GateFailed`, `RegistryMoved`.

        >>> store.register_model("propensity", 1, "january").replaced is None
        True
        """
        from featurestore.steps.register_model import register_model

        request = RegisterModelRequest(model=model, version=version, training_set=training_set, alias=alias)
        return register_model(self.profile, request)

    def roll_back(self, model: str, *, alias: str = "champion") -> AliasReport:
        """Lets an alias stand for what it stood for before; raises `ArtifactNotFound`, `InvalidRequest`.

        >>> promoted = store.promote("propensity", 2)
        >>> store.roll_back("propensity").version
        1
        """
        from featurestore.steps.models import roll_back_model

        return roll_back_model(self.profile.storage.root_uri, model=model, alias=alias)
