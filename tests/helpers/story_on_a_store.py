"""The story of 60 users on one object store, in a process of its own: python -m tests.helpers.story_on_a_store.

Takes the profile, the path of the data set and settings as JSON; gives what it saw as JSON on the last line.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

from featurestore import FeatureStore
from featurestore.clickstream.dataset import read_events
from featurestore.clickstream.definitions import PROJECT, PURCHASE_WITHIN_WEEK
from featurestore.config import load_profile
from featurestore.dev.bootstrap import with_dev_broker
from featurestore.files import exists, find_files, join_uri, list_names, write_new_text, write_text
from featurestore.lake_access import reach_lake
from featurestore.registry.generations import Registry

SERVICE = PURCHASE_WITHIN_WEEK.name
VIEWS = [view.name for view in PROJECT.views]
MODEL, SET = "buyers", "week"
DAYS = {"first": ("2024-01", "2024-05"), "late": ("2024-05", "2024-06")}


def is_of_the_sixty(user: str) -> bool:
    return user.endswith("0")


def files_of(dataset: str) -> dict[str, str]:
    """Two CSV files of the sixty's events: of January to April, and of May."""
    rows = [row for row in read_events(Path(dataset)) if is_of_the_sixty(str(row["user_id"]))]
    found = {}
    for name, (begin, end) in DAYS.items():
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if begin <= str(row["timestamp"]) < end)
        found[name] = text.getvalue()
    return found


def raced(act: Any) -> list[Any]:
    """What two threads that do the same at once came to."""
    barrier, outcomes = Barrier(2), []

    def one(number: int) -> None:
        barrier.wait()
        try:
            outcomes.append(act(number))
        except Exception as error:  # noqa: BLE001 - it is what came of it
            outcomes.append(type(error).__name__)

    threads = [Thread(target=one, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(map(str, outcomes))


def story(profile_name: str, dataset: str, settings: dict[str, Any]) -> dict[str, Any]:
    profile = with_dev_broker(load_profile(profile_name, overrides=settings, variables={}))
    store = FeatureStore(profile)
    root = profile.storage.root_uri
    seen: dict[str, Any] = {"root": root}
    reach_lake(profile)
    for name, text in files_of(dataset).items():
        write_text(join_uri(root, "incoming", name, "events.csv"), text)

    first = store.ingest_batch("clickstream", join_uri(root, "incoming/first/*.csv"))
    seen["read"], seen["rejected"] = first.read, first.rejected
    seen["applied"] = store.apply().generation
    for view in VIEWS:
        store.compute_features(view)
    noted = datetime.now(timezone.utc)
    before = {view: store.preview(f"features/{view}", limit=0).digest for view in VIEWS}
    store.ingest_batch("clickstream", join_uri(root, "incoming/late"))
    streamed = store.ingest_stream("clickstream")
    seen["streamed"] = streamed.accepted
    seen["streamed again"] = store.ingest_stream("clickstream").read
    for view in VIEWS:
        store.compute_features(view)
    seen["as of"] = {
        view: store.preview(f"features/{view}", limit=0, as_of=noted).digest == before[view] for view in VIEWS
    }
    seen["moved on"] = {
        view: store.preview(f"features/{view}", limit=0).digest != before[view] for view in VIEWS
    }

    made = store.build_training_set(SERVICE, SET)
    store.split(SET)
    store.train(SET, MODEL)
    evaluation = store.evaluate(MODEL, SET)
    store.promote(MODEL, 1)
    store.score(MODEL, alias="champion")
    page = store.report_model(MODEL)
    seen["metrics"] = evaluation.metrics
    seen["page"] = exists(page.location)
    seen["digests"] = {
        "training set": made.digest,
        **{
            name: store.preview(name, limit=0).digest
            for name in ("events/clickstream", "quarantine/clickstream")
        },
        **{name: store.preview(name, limit=0).digest for name in (f"features/{view}" for view in VIEWS)},
        f"predictions/{MODEL}": store.preview(f"predictions/{MODEL}", limit=0).digest,
    }
    seen["rows"] = len(store.training_rows(SET, "train")) + len(store.training_rows(SET, "test"))
    pinned = store.pin_tables(SERVICE)
    seen["pinned"] = sorted(pinned.instants)
    seen |= races(root)
    return seen


def races(root: str) -> dict[str, Any]:
    """Two writers at once, of a small file and of the registry; and names as they were written."""
    place = join_uri(root, "_races")
    created = [
        raced(lambda number, n=n: write_new_text(join_uri(place, f"{n}.txt"), str(number))) for n in range(5)
    ]
    registry = Registry(root)
    after = registry.generations()[-1]
    applied = raced(lambda number: registry.add(PROJECT, after=after, code_version=str(number)).number)
    for name in ("a b.csv", "ü.csv", "plain.csv"):
        write_text(join_uri(place, "names", name), "x")
    return {
        "created": created,
        "applied at once": applied,
        "found": [uri.removeprefix(place) for uri in find_files(join_uri(place, "names/*.csv"))],
        "listed": list_names(join_uri(place, "names")),
        "after": registry.generations()[-1] - after,
    }


if __name__ == "__main__":
    seen = story(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
    sys.stdout.write(json.dumps(seen, default=str) + "\n")
