#!/usr/bin/env bash
# Puts an image's archive where the cluster's node finds it, under the name that Docker's way would give it.
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
    local name
    # What buildah names without a registry is localhost's; a manifest's plain name is the library's.
    while read -r name; do
        containers images tag --force "$name" "docker.io/library/${name#localhost/}" > /dev/null
        echo "The node has docker.io/library/${name#localhost/}."
    done < <(containers images import "$1" | sed -n 's/^unpacking \(localhost\/[^ ]*\) .*/\1/p')
}

main "$@"
