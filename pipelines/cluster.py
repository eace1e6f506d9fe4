"""A namespace of a Kubernetes cluster; the one place that talks to an API server.

Everything comes and goes as plain data, as the API server writes it in JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from featurestore.errors import ClusterRefused, ClusterUnreachable, MissingPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

GROUP, VERSION, PLURAL = "sparkoperator.k8s.io", "v1beta2", "sparkapplications"
"""Of a SparkApplication."""

_NOT_FOUND, _CONFLICT, _TOO_MANY, _SERVER = 404, 409, 429, 500


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What a context of the kubeconfig, or the pod that this process runs in, gives access to.

    Every call raises `ClusterUnreachable` where the API server does not answer or cannot just now, and
    `ClusterRefused` where it says no.
    """

    namespace: str
    context: str | None = None
    """The kubeconfig's current one unless given."""
    connect_seconds: float = 5.0
    answer_seconds: float = 30.0

    @cached_property
    def server(self) -> str:
        """The API server's address."""
        return str(self._client.configuration.host)

    def application(self, name: str) -> dict[str, Any] | None:
        """A SparkApplication; absent also where the cluster knows no such kind."""
        call = self._custom.get_namespaced_custom_object
        return self._asked(f"reading {name}", call, *self._kind, name)

    def applications(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """The SparkApplications with these labels; none where the cluster knows no such kind."""
        call = self._custom.list_namespaced_custom_object
        found = self._asked("listing applications", call, *self._kind, label_selector=_selector(labels))
        return _items(found)

    def knows_applications(self) -> bool:
        """Whether the cluster knows the kind, as it does once an operator's definitions are installed."""
        call = self._custom.list_namespaced_custom_object
        return self._asked("listing applications", call, *self._kind, limit=1) is not None

    def create_application(self, manifest: dict[str, Any]) -> bool:
        """Whether it was created; `False` where one of its name is there."""
        call = self._custom.create_namespaced_custom_object
        what = f"creating {manifest['metadata']['name']}"
        try:
            created = self._asked(what, call, *self._kind, manifest)
        except ClusterRefused as error:
            if error.status == _CONFLICT:
                return False
            raise
        if created is None:
            told = f"it knows no {PLURAL}.{GROUP}, or no namespace {self.namespace}"
            raise ClusterRefused(what, told=told, status=_NOT_FOUND)
        return True

    def delete_application(self, name: str) -> bool:
        """Whether there was one; what it owns goes after it."""
        call = self._custom.delete_namespaced_custom_object
        found = self._asked(f"deleting {name}", call, *self._kind, name, propagation_policy="Background")
        return found is not None

    def may(self, verb: str, resource: str, *, group: str = "") -> bool:
        """Whether whoever asks may do this in the namespace; `resource` may name a part, as `pods/log`."""
        name, _, part = resource.partition("/")
        asked = {
            "namespace": self.namespace,
            "verb": verb,
            "group": group,
            "resource": name,
            "subresource": part,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": asked},
        }
        call = self._authorization.create_self_subject_access_review
        found = self._asked(f"asking for the right to {verb} {resource}", call, review)
        return bool(found and found["status"].get("allowed"))

    def operators(self) -> list[dict[str, Any]]:
        """The Deployments of Spark Operators in all namespaces."""
        selector = "app.kubernetes.io/name=spark-operator"
        call = self._apps.list_deployment_for_all_namespaces
        return _items(self._asked("looking for the Spark Operator", call, label_selector=selector))

    def pods(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """The pods with these labels."""
        call, selector = self._core.list_namespaced_pod, _selector(labels)
        return _items(self._asked("listing pods", call, self.namespace, label_selector=selector))

    def pod(self, name: str) -> dict[str, Any] | None:
        """A pod, if it is there."""
        return self._asked(f"reading pod {name}", self._core.read_namespaced_pod, name, self.namespace)

    def delete_pod(self, name: str) -> bool:
        """Whether there was one; what it owns goes after it."""
        call = self._core.delete_namespaced_pod
        named = {"propagation_policy": "Background"}
        return self._asked(f"deleting pod {name}", call, name, self.namespace, **named) is not None

    def events(self, name: str) -> list[dict[str, Any]]:
        """What was said about an object of this name, oldest first."""
        call, selector = self._core.list_namespaced_event, f"involvedObject.name={name}"
        found = self._asked(f"reading events of {name}", call, self.namespace, field_selector=selector)
        return sorted(_items(found), key=_when)

    def quotas(self) -> list[dict[str, Any]]:
        """The namespace's ResourceQuotas, with what is used of them."""
        call = self._core.list_namespaced_resource_quota
        return _items(self._asked("reading quotas", call, self.namespace))

    def log(self, pod: str, *, container: str, follow: bool, since: int | None = None) -> Iterator[str]:
        """A container's lines, each with its time before it; none where there is no such pod.

        With `follow` they come as they are written, until the container ends; a last line without its end is
        left out then, as it may be a part of one. `since` is a number of seconds back from now. Raises
        `ClusterUnreachable` where the connection is cut, or nothing comes for a while.
        """
        from urllib3.exceptions import HTTPError

        what = f"reading the log of {pod}"
        answer = self._answered(
            what,
            self._core.read_namespaced_pod_log,
            pod,
            self.namespace,
            container=container,
            follow=follow,
            timestamps=True,
            **({} if since is None else {"since_seconds": since}),
        )
        if answer is None:
            return
        try:
            for line in answer:
                if line.endswith(b"\n") or not follow:
                    yield line.decode(errors="replace").rstrip("\n")
        except HTTPError as error:
            raise ClusterUnreachable(self.server, doing=what, told=str(error)) from error
        finally:
            answer.close()

    def _asked(
        self, what: str, call: Callable[..., Any], *positional: object, **named: object
    ) -> dict[str, Any] | None:
        """What the API server answers; `None` where it knows no such thing."""
        from urllib3.exceptions import HTTPError

        answer = self._answered(what, call, *positional, **named)
        if answer is None:
            return None
        try:
            found: dict[str, Any] = json.loads(answer.data)
        except (HTTPError, ValueError) as error:  # cut off on its way, or another's who stands between
            raise ClusterUnreachable(self.server, doing=what, told=str(error)) from error
        return found

    def _answered(self, what: str, call: Callable[..., Any], *positional: object, **named: object) -> Any:
        """The same as an open answer: the client's own classes know only the fields of their version."""
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        seconds = (self.connect_seconds, self.answer_seconds)
        try:
            return call(*positional, _request_timeout=seconds, _preload_content=False, **named)
        except ApiException as error:
            if error.status == _NOT_FOUND:
                return None
            # The client's own status 0 is a connection whose encryption failed.
            if error.status in {0, _TOO_MANY} or error.status >= _SERVER:
                raise ClusterUnreachable(self.server, doing=what, told=_words(error)) from error
            raise ClusterRefused(what, told=_words(error), status=error.status) from error
        except HTTPError as error:
            raise ClusterUnreachable(self.server, doing=what, told=str(error)) from error

    @cached_property
    def _client(self) -> Any:
        try:
            from kubernetes import client, config
        except ImportError as error:
            remedy = "Install `featurestore[kubernetes]`."
            raise MissingPart("kubernetes", needed_for="talking to a cluster", remedy=remedy) from error
        settings = client.Configuration()
        try:
            config.load_kube_config(context=self.context, client_configuration=settings)
        except config.ConfigException as error:
            self._use_pod(settings, error)
        settings.retries = False
        return client.ApiClient(settings)

    def _use_pod(self, settings: Any, error: Exception) -> None:
        """The account of the pod that this process runs in, where there is no kubeconfig."""
        from kubernetes import config

        try:
            config.load_incluster_config(client_configuration=settings)
        except config.ConfigException:
            told = str(error).rstrip(".")
            remedy = f"It was said: {told}. Set KUBECONFIG, or kubernetes.context in the profile."
            raise MissingPart("a kubeconfig", needed_for="finding the cluster", remedy=remedy) from error

    @cached_property
    def _core(self) -> Any:
        made = self._client
        from kubernetes import client

        return client.CoreV1Api(made)

    @cached_property
    def _custom(self) -> Any:
        made = self._client
        from kubernetes import client

        return client.CustomObjectsApi(made)

    @cached_property
    def _authorization(self) -> Any:
        made = self._client
        from kubernetes import client

        return client.AuthorizationV1Api(made)

    @cached_property
    def _apps(self) -> Any:
        made = self._client
        from kubernetes import client

        return client.AppsV1Api(made)

    @property
    def _kind(self) -> tuple[str, str, str, str]:
        return (GROUP, VERSION, self.namespace, PLURAL)


def quantity(text: str) -> Decimal:
    """A quantity as Kubernetes writes it, such as `500m` or `2Gi`, as a number."""
    from kubernetes.utils import parse_quantity

    found: Decimal = parse_quantity(text)
    return found


def _items(found: dict[str, Any] | None) -> list[dict[str, Any]]:
    return list(found["items"]) if found else []


def _selector(labels: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in labels.items())


def _when(event: dict[str, Any]) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])


def _words(error: Any) -> str:
    """What an API server says of its refusal, which is the message of a `Status` object."""
    try:
        told = json.loads(error.body)["message"]
    except (TypeError, ValueError, KeyError):
        told = error.reason
    return str(told)
