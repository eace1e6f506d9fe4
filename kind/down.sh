#!/usr/bin/env bash
# Ends the cluster of kind/up.sh with all that is in it.
set -euo pipefail

command -v kind > /dev/null || {
    echo "kind/down.sh: expected kind and found none. Install it; a cluster of kind/processes/up.sh has its own down.sh." >&2
    exit 2
}
kind delete cluster --name featurestore
