#!/usr/bin/env bash
# Spark has Kubernetes run this before it ends an executor's pod: the executor hands its data to others, then ends.
set -euo pipefail

main_class=${1:-org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend}
executor=
for folder in /proc/[0-9]*; do
    # A process may end while it is looked at.
    if grep -qszFx "$main_class" "$folder/cmdline" && [ "$(cat "$folder/comm" 2> /dev/null)" = java ]; then
        executor=${folder#/proc/}
    fi
done
if [ -z "$executor" ]; then
    echo "decom.sh: expected an executor in this pod, and found none; there is nothing to hand on." >&2
    exit 0
fi

kill -s PWR "$executor"
# The pod's own grace period is the limit; a minute is what handing on may take of it.
timeout 60 tail --pid="$executor" -f /dev/null || true
