#!/usr/bin/env bash
# Makes a team's namespace as `featurestore team add` renders it for the profile `kind`.
#
#     kind/team.sh NAMESPACE
#
# It asks the cluster that kubectl asks. `make setup` comes first.
set -euo pipefail

[ "$#" = 1 ] || {
    echo "kind/team.sh: expected the name of a namespace and got $# arguments." >&2
    exit 2
}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.venv/bin/featurestore team add "$1" --profile kind | kubectl apply --filename - > /dev/null
