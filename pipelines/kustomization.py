"""A folder of manifests that `kubectl apply -k` takes: one file to edit, for image, bucket and namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from pipelines.spark_application import IMAGE, to_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from featurestore.config import Profile

KUSTOMIZATION = "kustomization.yaml"
_FIELDS = "fields.yaml"
_SETTINGS = "featurestore-settings"
_AUTHORITY = {"delimiter": "/", "index": 2}
"""In `scheme://authority/path`, split at each slash."""

_HEAD = """\
# The one file to edit; `kubectl apply -k .` needs neither Python nor featurestore on your machine. Give your own
# bucket, the image as your registry has it, and a namespace, and say which job to run.
"""
_JOBS = """\
# Jobs in the order in which one needs the other: run one, wait for its end, put its line back behind `#`, go on.
resources:
"""


def files_of(manifests: Iterable[dict[str, Any]], profile: Profile) -> dict[str, str]:
    """Texts by file name: a manifest each, `kustomization.yaml`, and what it needs to know of them."""
    texts = {f"{manifest['metadata']['name']}.yaml": manifest for manifest in manifests}
    return {
        **{name: to_yaml(manifest) for name, manifest in texts.items()},
        _FIELDS: _fields(),
        KUSTOMIZATION: "".join([_HEAD, to_yaml(_kustomization(texts, profile)), _JOBS, *_resources(texts)]),
    }


def _resources(names: Iterable[str]) -> Iterator[str]:
    """The first is on, the others wait to be."""
    for number, name in enumerate(names):
        yield f"{'# ' if number else ''}- {name}\n"


def _fields() -> str:
    """Where a SparkApplication names its image; kustomize knows that of Kubernetes' own kinds only."""
    images = [{"path": "spec/image", "kind": "SparkApplication"}]
    return yaml.safe_dump({"images": images}, sort_keys=False)


def _kustomization(texts: dict[str, dict[str, Any]], profile: Profile) -> dict[str, Any]:
    name, tag = IMAGE.split(":")
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": profile.kubernetes.namespace,
        "images": [{"name": name, "newName": name, "newTag": tag}],
        "configMapGenerator": [{"name": _SETTINGS, "literals": [f"bucket={_authority(profile)}"]}],
        "generatorOptions": {
            "disableNameSuffixHash": True,
            # Only the replacements below read it; it is not applied.
            "annotations": {"config.kubernetes.io/local-config": "true"},
        },
        "configurations": [_FIELDS],
        "replacements": [
            {
                "source": {"kind": "ConfigMap", "name": _SETTINGS, "fieldPath": "data.bucket"},
                "targets": [
                    {
                        "select": {"kind": "SparkApplication", "name": manifest["metadata"]["name"]},
                        "fieldPaths": _places(manifest, profile),
                        "options": dict(_AUTHORITY),
                    }
                    for manifest in texts.values()
                ],
            }
        ],
    }


def _places(manifest: dict[str, Any], profile: Profile) -> list[str]:
    """Where a manifest names a URI in the lake's bucket."""
    spec, start = manifest["spec"], f"{urlsplit(profile.storage.root_uri).scheme}://{_authority(profile)}/"
    conf = [name.replace(".", r"\.") for name, value in spec["sparkConf"].items() if value.startswith(start)]
    arguments = [number for number, text in enumerate(spec["arguments"]) if text.startswith(start)]
    variables = [
        f"spec.{role}.env.[name={one['name']}].value"
        for role in ("driver", "executor")
        for one in spec[role]["env"]
        if one["value"].startswith(start)
    ]
    return [
        *(f"spec.sparkConf.{name}" for name in conf),
        *(f"spec.arguments.{number}" for number in arguments),
        *variables,
    ]


def _authority(profile: Profile) -> str:
    return urlsplit(profile.storage.root_uri).netloc
