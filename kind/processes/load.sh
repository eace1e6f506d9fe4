#!/usr/bin/env bash
# Puts an image's archive where the cluster's node finds it, and says under which names.
#
#     kind/processes/load.sh build/images/featurestore-spark-0.1.0.tar
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=kind/processes/common.sh
source "$HERE/common.sh"

main() {
    need_root
    [ -f "${1:-}" ] || fail "expected the archive of an image and found none at '${1:-}'. Run make images, and name one."
    runs containerd || fail "expected a cluster that runs from $CLUSTER_DIR and found none. Run kind/processes/up.sh."
    containers images import "$1" | sed -n 's/^unpacking \([^ ]*\) .*/The node has \1/p'
}

main "$@"
