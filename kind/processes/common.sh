# shellcheck shell=bash disable=SC2034 # what reads these names are the scripts
# What the scripts of this folder share: where things lie, processes that are known by their ids, certificates.

CLUSTER_DIR=${CLUSTER_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/featurestore/cluster}
BIN=$CLUSTER_DIR/bin   # stays when the cluster ends
PKI=$CLUSTER_DIR/pki
RUN=$CLUSTER_DIR/run   # process ids and sockets
LOG=$CLUSTER_DIR/log
OWN_NETWORK=$RUN/network # there, where this cluster made the bridge
ADDRESS=10.244.0.1     # this machine, as pods see it
CERTIFICATE_DAYS=30
ADMIN=$CLUSTER_DIR/admin.kubeconfig

# A kubectl of this machine comes before one that up.sh has built.
PATH=$PATH:$BIN
export KUBECONFIG=$ADMIN

# Nothing here is reached through a proxy.
export NO_PROXY=${NO_PROXY:+$NO_PROXY,}$ADDRESS,127.0.0.1
export no_proxy=$NO_PROXY

fail() {
    echo "kind/processes/$(basename "$0"): $1" >&2
    exit 2
}

containers() {
    ctr --address "$RUN/containerd.sock" --namespace k8s.io "$@"
}

import_image() {
    containers images import "$1" > /dev/null
}

# A process id alone could belong to another program by now, so the time of its start is kept beside it.
started_at() {
    local stat
    stat=$(cat "/proc/$1/stat" 2> /dev/null) || return 0
    read -r -a stat <<< "${stat##*) }"
    echo "${stat[19]}"
}

process_of() {
    local id started
    read -r id started 2> /dev/null < "$RUN/$1.pid" || [ -n "${id:-}" ] || return 1
    kill -0 "$id" 2> /dev/null || return 1
    [ -z "$started" ] || [ "$started" = "$(started_at "$id")" ] || return 1
    echo "$id"
}

runs() {
    process_of "$1" > /dev/null
}

# start NAME COMMAND...: detached from whoever calls, unless it runs already.
start() {
    local name=$1 id
    shift
    ! runs "$name" || return 0
    setsid nohup "$@" > "$LOG/$name.log" 2>&1 < /dev/null &
    id=$!
    echo "$id $(started_at "$id")" > "$RUN/$name.pid"
}

# stop NAME: asks, and insists after 20 seconds.
stop() {
    local id
    if id=$(process_of "$1"); then
        kill "$id" 2> /dev/null || true
        for _ in {1..100}; do
            runs "$1" || break
            sleep 0.2
        done
        ! runs "$1" || kill -9 "$id" 2> /dev/null || true
    fi
    rm -f "$RUN/$1.pid"
}

# wait_for SECONDS NAME COMMAND...: until the command succeeds; NAME is the process whose log tells why it did not.
wait_for() {
    local seconds=$1 name=$2 end
    shift 2
    end=$((SECONDS + seconds))
    until "$@" > /dev/null 2>&1; do
        if [ "$SECONDS" -ge "$end" ] || { [ -f "$RUN/$name.pid" ] && ! runs "$name"; }; then
            tail -n 5 "$LOG/$name.log" >&2 2> /dev/null || true
            fail "expected $name to be ready within $seconds seconds, and it is not. Its log is $LOG/$name.log."
        fi
        sleep 0.5
    done
}

# certificate NAME SUBJECT [SUBJECT_ALTERNATIVE_NAMES]: signed by the cluster's own authority, unless it is there.
certificate() (
    umask 077
    [ ! -f "$PKI/$1.crt" ] || exit 0
    openssl req -new -newkey rsa:2048 -nodes -subj "$2" -keyout "$PKI/$1.key" -out "$PKI/$1.csr" 2> /dev/null
    openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial \
        -days "$CERTIFICATE_DAYS" -out "$PKI/$1.crt.new" ${3:+-extfile <(echo "subjectAltName=$3")} 2> /dev/null
    mv "$PKI/$1.crt.new" "$PKI/$1.crt"
)

# kubeconfig NAME: for whom the certificate of this name speaks.
kubeconfig() (
    umask 077
    set_config=(kubectl config --kubeconfig "$CLUSTER_DIR/$1.kubeconfig")
    "${set_config[@]}" set-cluster cluster --server "https://$ADDRESS:6443" --embed-certs \
        --certificate-authority "$PKI/ca.crt" > /dev/null
    "${set_config[@]}" set-credentials "$1" --client-certificate "$PKI/$1.crt" --client-key "$PKI/$1.key" \
        --embed-certs > /dev/null
    "${set_config[@]}" set-context cluster --cluster cluster --user "$1" > /dev/null
    "${set_config[@]}" use-context cluster > /dev/null
)

need_root() {
    [ "$(id -u)" = 0 ] || fail "expected to be root and am not. A cluster's network and containers need it; call it in a shell of root."
}

need_go() {
    local minor
    minor=$(go env GOVERSION 2> /dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p') || true
    [ "${minor:-0}" -ge 25 ] ||
        fail "expected Go 1.25 or newer and found ${minor:+1.}${minor:-none}. Install it and put it on PATH."
}

# build NAME FOLDER PACKAGE [LINKER_FLAGS]: a program of the Go module in this folder, unless it is there.
build() {
    local name=$1 folder=$2 package=$3 flags=${4:-}
    [ ! -x "$BIN/$name" ] || return 0
    need_go
    echo "Building $name."
    CGO_ENABLED=0 go build -C "$folder" -mod=readonly -buildvcs=false -trimpath -ldflags "-s -w $flags" \
        -o "$BIN/$name.new" "$package"
    mv "$BIN/$name.new" "$BIN/$name"
}

# module_folder MODULE VERSION: where Go keeps its source. A module that replaces others builds there alone.
module_folder() {
    go mod download -json "$1@$2" | sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p'
}

# build_module NAME MODULE VERSION PACKAGE: the same of a module that is none of ours.
build_module() {
    local folder
    [ ! -x "$BIN/$1" ] || return 0
    need_go
    folder=$(module_folder "$2" "$3")
    [ -n "$folder" ] || fail "expected the Go module $2@$3 and cannot have it. Check the network and go env GOPROXY."
    build "$1" "$folder" "$4"
}
