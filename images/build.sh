#!/usr/bin/env bash
# Builds an image into an archive that `docker load`, `kind load image-archive` and `ctr images import` take.
#
#     images/build.sh spark|launcher [ARCHIVE]
#
# By Docker where its engine answers; else, as root, by buildah without a daemon, on a Debian that debootstrap makes.
# BASE names another base image than the usual one. `make setup` comes first.
set -euo pipefail

RELEASE=bookworm
BASE_DAYS=7 # a Debian made longer ago is made anew, for its corrections

main() {
    local image=${1:-} archive=${2:-}
    case "$image" in
    spark | launcher) ;;
    *) fail "expected spark or launcher and got '$image'. Call images/build.sh spark." ;;
    esac
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    [ -x .venv/bin/python ] || fail "expected .venv and found none. Run make setup."
    versions
    archive=${archive:-build/images/featurestore-$image-$FEATURESTORE_VERSION.tar}
    local name=featurestore-$image:$FEATURESTORE_VERSION builder
    builder=$(choose_builder)

    mkdir -p build/images "$(dirname "$archive")"
    work=$(mktemp --directory "$PWD/build/images/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    fill_context "$image" "$work/context"
    "by_$builder" "$work/context" "$name" "$work/image.tar"
    mv "$work/image.tar" "$archive"
    echo "$name is in $archive ($(du --human-readable "$archive" | cut -f 1))."
}

fail() {
    echo "images/build.sh: $1" >&2
    exit 2
}

versions() {
    read -r FEATURESTORE_VERSION SPARK_VERSION HADOOP_VERSION < <(.venv/bin/python -c "
from featurestore import __version__
from featurestore.config.cluster import ImageSettings
from featurestore.config.spark import SPARK_VERSION
print(__version__, SPARK_VERSION, ImageSettings().hadoop)")
}

choose_builder() {
    if command -v docker > /dev/null && docker info > /dev/null 2>&1; then
        echo docker
        return
    fi
    local lacking=()
    command -v buildah > /dev/null || lacking+=("buildah")
    [ -n "${BASE:-}" ] || command -v debootstrap > /dev/null || lacking+=("debootstrap")
    [ "$(id -u)" = 0 ] || lacking+=("to be root")
    if [ "${#lacking[@]}" -gt 0 ]; then
        fail "expected a Docker engine that answers, or buildah with debootstrap as root; there is no such engine, and \
what the other way lacks here is: ${lacking[*]}. Start Docker, or install what is lacking (on Debian: buildah, debootstrap)."
    fi
    echo buildah
}

# All that an image takes in, each file held against its lock, so that the build itself asks only Debian.
fill_context() {
    local source=images/$1 context=$2 lock=launcher
    echo "Gathering wheels and jars."
    mkdir -p "$context/wheels"
    cp "$source/Dockerfile" "$context/"
    cp requirements/build.lock "$context/"
    wheels "$context/wheels" requirements/build.lock
    if [ "$1" = spark ]; then
        lock=image
        install --mode 755 "$source/entrypoint.sh" "$source/decom.sh" "$context/"
        cp "$source/share_classes.py" "$context/"
        .venv/bin/python -m featurestore.jar_folder "$context/jars" --section spark --section hadoop --section aws --section gcp
    fi
    cp "requirements/$lock.lock" "$context/requirements.lock"
    wheels "$context/wheels" "requirements/$lock.lock"
    .venv/bin/python -m pip --quiet --disable-pip-version-check wheel --no-deps --no-build-isolation \
        --wheel-dir "$context/wheels" .
    chmod -R a+rX "$context"
}

# For the image's Python and system, whatever those of this machine are.
wheels() {
    local machine platforms=() minor
    machine=$(uname -m)
    [ "$machine" != arm64 ] || machine=aarch64
    for minor in {5..36}; do
        platforms+=(--platform "manylinux_2_${minor}_$machine")
    done
    .venv/bin/python -m pip --quiet --disable-pip-version-check download --require-hashes --no-deps --no-build-isolation \
        --python-version 3.11 "${platforms[@]}" --platform "manylinux2014_$machine" --dest "$1" --requirement "$2"
}

# One word a line: what the Dockerfile of this name writes into labels.
build_arguments() {
    printf '%s\n' --build-arg "FEATURESTORE_VERSION=$FEATURESTORE_VERSION"
    case "$1" in
    featurestore-spark:*)
        printf '%s\n' --build-arg "SPARK_VERSION=$SPARK_VERSION" --build-arg "HADOOP_VERSION=$HADOOP_VERSION"
        ;;
    esac
}

by_docker() {
    local context=$1 name=$2 archive=$3 arguments
    mapfile -t arguments < <(build_arguments "$name")
    [ -z "${BASE:-}" ] || arguments+=(--build-arg "BASE=$BASE")
    echo "Building $name by Docker."
    docker build "${arguments[@]}" --tag "$name" "$context"
    docker save --output "$archive" "$name"
}

by_buildah() {
    local context=$1 name=$2 archive=$3 arguments base=${BASE:-}
    local buildah=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs)
    mapfile -t arguments < <(build_arguments "$name")
    if [ -z "$base" ]; then
        base=localhost/featurestore-base:$RELEASE
        make_base
        mkdir "$work/base"
        ln "$(base_archive)" "$work/base/base.tar" 2> /dev/null || cp "$(base_archive)" "$work/base/base.tar"
        printf 'FROM scratch\nADD base.tar /\n' > "$work/base/Dockerfile"
        "${buildah[@]}" bud --quiet --isolation chroot --tag "$base" "$work/base" > /dev/null
    fi
    echo "Building $name by buildah."
    "${buildah[@]}" bud --isolation chroot --format docker --build-arg "BASE=$base" "${arguments[@]}" --tag "$name" "$context"
    "${buildah[@]}" push --quiet "$name" "docker-archive:$archive:$name"
}

base_archive() {
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/featurestore/images/base-$RELEASE-$(uname -m).tar"
}

# A Debian like the slim image of its name: without manuals, and from where this machine has its own packages.
make_base() {
    local archive root=$work/root mirror
    archive=$(base_archive)
    [ -z "$(find "$archive" -mtime "-$BASE_DAYS" 2> /dev/null)" ] || return 0
    mkdir -p "$(dirname "$archive")"
    mirror=$(package_sources | awk -v release="$RELEASE" '$3 == release { print $2; exit }')
    echo "Making a Debian $RELEASE by debootstrap; it is kept for $BASE_DAYS days."
    debootstrap --variant=minbase "$RELEASE" "$root" ${mirror:+"$mirror"} > "$work/debootstrap.log" 2>&1 || {
        tail -n 20 "$work/debootstrap.log" >&2
        fail "expected a Debian from debootstrap, which ended as shown above. Check the network and the mirror of packages."
    }
    package_sources > "$work/sources.list"
    [ ! -s "$work/sources.list" ] || cp "$work/sources.list" "$root/etc/apt/sources.list"
    printf 'path-exclude=%s\n' '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' \
        > "$root/etc/dpkg/dpkg.cfg.d/slim"
    echo 'path-include=/usr/share/doc/*/copyright' >> "$root/etc/dpkg/dpkg.cfg.d/slim"
    echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };' \
        > "$root/etc/apt/apt.conf.d/slim"
    find "$root/usr/share/doc" -type f ! -name copyright -delete
    rm -rf "$root"/usr/share/{man,info,locale}/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/*.log
    tar --create --file "$archive.$$" --directory "$root" --one-file-system --exclude './dev/*' --exclude './proc/*' \
        --exclude './sys/*' .
    mv "$archive.$$" "$archive"
    rm -rf "$root"
}

# This machine's own sources, where it is a Debian of this release; else none, and debootstrap's stand.
package_sources() {
    command -v apt-get > /dev/null || return 0
    # shellcheck disable=SC2016 # apt's own fields, not the shell's variables
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
        grep -E " $RELEASE(-updates|-security)? main\$" | sort -u || true
}

main "$@"
