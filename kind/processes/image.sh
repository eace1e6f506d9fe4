#!/usr/bin/env bash
# Packs one static program, or the root file system of a folder, into an archive of one layer.
#
#     kind/processes/image.sh ARCHIVE NAME:TAG ENTRYPOINT PROGRAM|FOLDER
#
# `ctr images import` takes it. A program is placed at ENTRYPOINT.
set -euo pipefail

main() {
    [ "$#" = 4 ] || fail "expected ARCHIVE NAME:TAG ENTRYPOINT PROGRAM|FOLDER and got $# arguments."
    local archive=$1 name=$2 entrypoint=$3 source=$4
    work=$(mktemp --directory "$(dirname "$archive")/image.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    pack_layer "$source" "$entrypoint"
    describe "$name" "$entrypoint"
    tar --create --file "$archive" --directory "$work" config.json manifest.json layer.tar
}

fail() {
    echo "kind/processes/image.sh: $1" >&2
    exit 2
}

pack_layer() {
    local root=$1
    if [ ! -d "$root" ]; then
        root=$work/root
        install -D --mode 755 "$1" "$root$2"
    fi
    tar --create --file "$work/layer.tar" --directory "$root" .
}

describe() {
    local digest machine
    digest=$(sha256sum "$work/layer.tar" | cut -d ' ' -f 1)
    machine=$(uname -m)
    case "$machine" in
    x86_64) machine=amd64 ;;
    aarch64) machine=arm64 ;;
    esac
    printf '{"architecture": "%s", "os": "linux", "config": {"Entrypoint": ["%s"], "Env": ["PATH=%s"]}, %s}' \
        "$machine" "$2" /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        "\"rootfs\": {\"type\": \"layers\", \"diff_ids\": [\"sha256:$digest\"]}" > "$work/config.json"
    printf '[{"Config": "config.json", "RepoTags": ["%s"], "Layers": ["layer.tar"]}]' "$1" > "$work/manifest.json"
}

main "$@"
