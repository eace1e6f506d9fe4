#!/usr/bin/env bash
# Ends what kind/processes/up.sh and services.sh started, by their process ids, and removes the cluster's state.
#
#     kind/processes/down.sh
#
# Programs that were built stay in $CLUSTER_DIR/bin.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=kind/processes/common.sh
source "$HERE/common.sh"

main() {
    need_root
    if [ ! -d "$RUN" ]; then
        echo "No cluster runs from $CLUSTER_DIR."
        return
    fi
    "$HERE/services.sh" down
    end_pods
    local name
    for name in kubelet kube-proxy coredns kube-scheduler kube-controller-manager kube-apiserver etcd; do
        stop "$name"
    done
    end_containers
    stop containerd
    unmount
    remove_network
    rm -rf "$CLUSTER_DIR"/{pki,run,etcd,kubelet,cni,containerd,log,minio,minio-certificates,kafka,redis} \
        "$CLUSTER_DIR"/{*.kubeconfig,kubelet.yaml,containerd.toml,Corefile,resolv.conf}
    echo "The cluster has ended."
}

# The kubelet takes down what belongs to a pod once the pod is gone, which is given some time.
end_pods() {
    ! runs kube-apiserver || timeout 60 kubectl delete pods --all-namespaces --all --grace-period 1 > /dev/null 2>&1 || true
    for _ in {1..50}; do
        runs containerd && [ -n "$(containers tasks ls --quiet 2> /dev/null)" ] || return 0
        sleep 0.2
    done
}

# What the kubelet had no time for.
end_containers() {
    runs containerd || return 0
    local task
    for task in $(containers tasks ls --quiet 2> /dev/null); do
        containers tasks kill --signal 9 "$task" > /dev/null 2>&1 || true
    done
    sleep 1
}

unmount() {
    local place
    while read -r place; do
        umount --lazy "$place" || true
    done < <(awk -v folder="$CLUSTER_DIR/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort --reverse)
}

# Another cluster's stays.
remove_network() {
    local family link
    [ -f "$OWN_NETWORK" ] || return 0
    for link in $(ip -oneline link show master fsbr0 2> /dev/null | sed -n 's/^[0-9]*: \([^@:]*\).*/\1/p'); do
        ip link delete "$link" 2> /dev/null || true
    done
    ip link delete fsbr0 2> /dev/null || true
    for family in ip ip6; do
        nft delete table "$family" kube-proxy 2> /dev/null || true
    done
}

main "$@"
