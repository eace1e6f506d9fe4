"""The object a data scientist holds: every method is one call to a step, and Spark starts with the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.config import Profile, load_profile
from featurestore.definitions import load_project
from featurestore.errors import InvalidRequest
from featurestore.step_requests import ApplyRequest, PlanRequest
from featurestore.store_data import DataVerbs
from featurestore.store_models import ModelVerbs
from featurestore.store_pinned import PinningVerbs
from featurestore.store_registered import RegisteredModelVerbs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from featurestore.definitions import Project
    from featurestore.step_reports import ApplyReport, PlanReport


class FeatureStore(DataVerbs, PinningVerbs, ModelVerbs, RegisteredModelVerbs):
    """A lake with its definitions, as one profile describes them.

    `profile` is a name, the path of a YAML file, or a loaded `Profile`; `overrides` has dotted keys, such as
    `{"storage.root_uri": "/tmp/lake"}`. `project` takes the place of the profile's own. Times are aware
    datetimes, or ISO 8601 text with a zone; `as_of` is what a reader saw at that time, and absent: now.

    Every verb is eager: when it returns, its work is done. Only the Spark frames of `read` and `training_rows`
    are lazy: what they show is fixed by the call, and Spark reads it when asked.

    Rows come in as a pandas DataFrame, an Arrow table or record batch, or a Spark DataFrame. They go out as
    `frame` says: "spark", "pandas" or "arrow". Arrow has Spark's types, with times as `timestamp[us, tz=UTC]`.
    pandas has `Int64` and `boolean`, which know nulls, `datetime64[us, UTC]`, floats with NaN for null, and text
    and dates as objects with None. All other verbs return a report, whose `to_json()` is plain data.

    >>> from featurestore import FeatureStore
    >>> store = FeatureStore("local")
    >>> store.project.name
    'clickstream'
    """

    def __init__(
        self,
        profile: str | Profile | None = None,
        *,
        project: Project | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> None:
        if isinstance(profile, Profile) and overrides:
            raise InvalidRequest(
                "FeatureStore", expected="overrides with the name of a profile", received="a loaded Profile"
            )
        self.profile = profile if isinstance(profile, Profile) else load_profile(profile, overrides=overrides)
        self.project = project or load_project(self.profile.project)

    def plan(self) -> PlanReport:
        """What putting the project's definitions in force would change; nothing is written.

        >>> len(store.plan().changes)
        5
        """
        from featurestore.steps.plan import plan

        request = PlanRequest()
        return plan(self._workspace(request), request)

    def apply(self, plan: str | None = None) -> ApplyReport:
        """Puts the project's definitions in force; given the id of a plan, only if it still holds.

        Raises `BreakingChange` where a change needs a version, `RegistryMoved` where another was faster.

        >>> store.apply(store.plan().plan).generation
        1
        """
        from featurestore.steps.apply import apply

        request = ApplyRequest(plan=plan)
        return apply(self._workspace(request), request)
