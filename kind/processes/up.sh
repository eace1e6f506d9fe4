#!/usr/bin/env bash
# Starts a Kubernetes of one node on this Linux machine, as plain processes, without Docker.
#
#     kind/processes/up.sh
#
# etcd, the control plane, kubelet, kube-proxy and CoreDNS are built from Go modules; containerd, runc and the CNI
# plugins are Debian's. Pods have 10.244.0.0/24 on the bridge fsbr0, services 10.96.0.0/16, and this machine is
# 10.244.0.1 to them. It takes root. CLUSTER_DIR holds programs, state and logs. kind/processes/down.sh ends it.
set -euo pipefail

KUBERNETES=1.34.4
COREDNS=1.12.0
PACKAGES=(containerd runc containernetworking-plugins iproute2 nftables conntrack socat openssl)
LONGEST_FOLDER=80 # a socket's path has at most 107 characters, and names follow the folder's

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=kind/processes/common.sh
source "$HERE/common.sh"

main() {
    need_root
    need_packages
    need_plain_folder
    if all_run && node_is_ready; then
        echo "The cluster runs already. $(how_to_reach_it)"
        return
    fi
    need_no_other_kubelet
    mkdir -p "$BIN" "$PKI" "$LOG" "$RUN" "$CLUSTER_DIR/etcd" "$CLUSTER_DIR/kubelet"
    need_address
    build_programs
    make_certificates
    make_network
    start_containerd
    start_control_plane
    start_node
    echo "The cluster runs. $(how_to_reach_it)"
}

need_packages() {
    local lacking=() package
    for package in "${PACKAGES[@]}"; do
        dpkg-query --show --showformat '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || lacking+=("$package")
    done
    [ "${#lacking[@]}" = 0 ] ||
        fail "expected Debian's packages of containers and networks, and lack: ${lacking[*]}. Run apt-get install ${lacking[*]}."
}

need_plain_folder() {
    [[ ${#CLUSTER_DIR} -le $LONGEST_FOLDER && $CLUSTER_DIR =~ ^/[A-Za-z0-9._/-]+$ ]] ||
        fail "expected CLUSTER_DIR to be an absolute path of at most $LONGEST_FOLDER letters, digits and ._-/, and got \
'$CLUSTER_DIR'. Choose another."
}

# The addresses are fixed, so that one cluster runs on a machine; what another one left that was killed is taken over.
need_address() {
    if ip link show fsbr0 > /dev/null 2>&1 && [ ! -f "$OWN_NETWORK" ]; then
        echo "Taking over the bridge fsbr0 of a cluster that has ended."
        touch "$OWN_NETWORK"
    fi
}

# One of another cluster takes pods that it does not know for remains, and removes their logs and control groups.
need_no_other_kubelet() {
    local name folder
    ! runs kubelet || return 0
    for name in /proc/[0-9]*/comm; do
        folder=$(dirname "$name")
        [ "$(cat "$name" 2> /dev/null)" != kubelet ] || [ "$(readlink "$folder/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] ||
            fail "expected no other kubelet on this machine and found process $(basename "$folder"). Use its cluster, or end it."
    done
}

how_to_reach_it() {
    echo "export KUBECONFIG=$ADMIN"
}

all_run() {
    local name
    for name in containerd etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy coredns; do
        runs "$name" || return 1
    done
}

node_is_ready() {
    kubectl get node node1 --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2> /dev/null | grep -q True
}

# Minutes at first, and then what is there stays.
build_programs() {
    local name flags="-X k8s.io/component-base/version.gitVersion=v$KUBERNETES"
    flags+=" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34"
    for name in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy; do
        build "$name" "$HERE" "k8s.io/kubernetes/cmd/$name" "$flags"
    done
    command -v kubectl > /dev/null || build kubectl "$HERE" k8s.io/kubernetes/cmd/kubectl "$flags"
    build etcd "$HERE/etcd" go.etcd.io/etcd/server/v3
    build pause "$HERE/programs" ./pause
    build_module coredns github.com/coredns/coredns "v$COREDNS" .
}

make_certificates() {
    local name
    (
        umask 077
        [ -f "$PKI/ca.crt" ] || openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=cluster-ca -days "$CERTIFICATE_DAYS" \
            -keyout "$PKI/ca.key" -out "$PKI/ca.crt" 2> /dev/null
        # Service accounts' tokens are signed by this one.
        [ -f "$PKI/sa.pub" ] || {
            openssl genrsa -out "$PKI/sa.key" 2048 2> /dev/null
            openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2> /dev/null
        }
    )
    certificate apiserver /CN=kube-apiserver "IP:$ADDRESS,IP:127.0.0.1,IP:10.96.0.1,DNS:kubernetes,\
DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
    certificate admin /O=system:masters/CN=admin
    certificate controller-manager /CN=system:kube-controller-manager
    certificate scheduler /CN=system:kube-scheduler
    certificate node1 /O=system:nodes/CN=system:node:node1 "IP:$ADDRESS,DNS:node1"
    certificate proxy /CN=system:kube-proxy
    certificate coredns /CN=coredns
    for name in admin controller-manager scheduler node1 proxy coredns; do
        kubeconfig "$name"
    done
}

make_network() {
    if ! ip link show fsbr0 > /dev/null 2>&1; then
        ip link add fsbr0 type bridge
        touch "$OWN_NETWORK"
        ip address add "$ADDRESS/24" dev fsbr0
    fi
    ip link set fsbr0 up
    sysctl --quiet --write net.ipv4.ip_forward=1 || true
    # Absent where the kernel's module is: then nothing of the bridge passes through the firewall anyway.
    sysctl --quiet --write net.bridge.bridge-nf-call-iptables=1 2> /dev/null || true
    mkdir -p "$CLUSTER_DIR/cni"
    cat > "$CLUSTER_DIR/cni/10-bridge.conflist" << END
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "fsbr0", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$CLUSTER_DIR/cni/addresses",
            "ranges": [[{"subnet": "10.244.0.0/24", "gateway": "$ADDRESS"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
END
}

start_containerd() {
    cat > "$CLUSTER_DIR/containerd.toml" << END
version = 2
root = "$CLUSTER_DIR/containerd"
state = "$RUN/containerd"
[grpc]
  address = "$RUN/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true # a root without CAP_SYS_RESOURCE may not lower it
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$CLUSTER_DIR/cni"
END
    start containerd containerd --config "$CLUSTER_DIR/containerd.toml"
    wait_for 30 containerd containers version
    containers images ls --quiet | grep -q '^localhost/pause:1$' || {
        "$HERE/image.sh" "$CLUSTER_DIR/pause.tar" localhost/pause:1 /pause "$BIN/pause"
        import_image "$CLUSTER_DIR/pause.tar"
        rm "$CLUSTER_DIR/pause.tar"
    }
}

start_control_plane() {
    # Nothing here outlives the machine, so that etcd need not wait for the disk.
    start etcd "$BIN/etcd" --data-dir "$CLUSTER_DIR/etcd" --unsafe-no-fsync \
        --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 \
        --listen-peer-urls http://127.0.0.1:12380
    start kube-apiserver "$BIN/kube-apiserver" --etcd-servers http://127.0.0.1:12379 \
        --bind-address "$ADDRESS" --secure-port 6443 --advertise-address "$ADDRESS" \
        --service-cluster-ip-range 10.96.0.0/16 --allow-privileged=true --authorization-mode Node,RBAC \
        --enable-admission-plugins NodeRestriction \
        --client-ca-file "$PKI/ca.crt" --tls-cert-file "$PKI/apiserver.crt" --tls-private-key-file "$PKI/apiserver.key" \
        --service-account-key-file "$PKI/sa.pub" --service-account-signing-key-file "$PKI/sa.key" \
        --service-account-issuer https://kubernetes.default.svc --cert-dir "$RUN/certs" \
        --kubelet-client-certificate "$PKI/admin.crt" --kubelet-client-key "$PKI/admin.key" \
        --kubelet-preferred-address-types InternalIP
    wait_for 90 kube-apiserver kubectl get --raw /readyz
    start kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig "$CLUSTER_DIR/controller-manager.kubeconfig" \
        --root-ca-file "$PKI/ca.crt" --service-account-private-key-file "$PKI/sa.key" --use-service-account-credentials \
        --bind-address 127.0.0.1 --cluster-cidr 10.244.0.0/16 --leader-elect=false
    start kube-scheduler "$BIN/kube-scheduler" --kubeconfig "$CLUSTER_DIR/scheduler.kubeconfig" \
        --bind-address 127.0.0.1 --leader-elect=false
}

start_node() {
    : > "$CLUSTER_DIR/resolv.conf" # names outside the cluster are not answered
    cat > "$CLUSTER_DIR/kubelet.yaml" << END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $ADDRESS
healthzBindAddress: 127.0.0.1
cgroupDriver: cgroupfs
failSwapOn: false
failCgroupV1: false
containerRuntimeEndpoint: unix://$RUN/containerd.sock
clusterDNS: [$ADDRESS]
clusterDomain: cluster.local
resolvConf: $CLUSTER_DIR/resolv.conf
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: AlwaysAllow}
tlsCertFile: $PKI/node1.crt
tlsPrivateKeyFile: $PKI/node1.key
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
podLogsDir: $LOG/pods
localStorageCapacityIsolation: false
END
    start kubelet "$BIN/kubelet" --config "$CLUSTER_DIR/kubelet.yaml" --kubeconfig "$CLUSTER_DIR/node1.kubeconfig" \
        --hostname-override node1 --node-ip "$ADDRESS" --root-dir "$CLUSTER_DIR/kubelet"
    start kube-proxy "$BIN/kube-proxy" --kubeconfig "$CLUSTER_DIR/proxy.kubeconfig" --proxy-mode nftables \
        --cluster-cidr 10.244.0.0/16 --hostname-override node1 --conntrack-max-per-core 0 \
        --metrics-bind-address 127.0.0.1:10249 --healthz-bind-address 127.0.0.1:10256
    kubectl apply --filename "$HERE/coredns.yaml" > /dev/null
    cat > "$CLUSTER_DIR/Corefile" << END
.:53 {
  bind $ADDRESS
  kubernetes cluster.local {
    kubeconfig $CLUSTER_DIR/coredns.kubeconfig cluster
  }
  errors
}
END
    start coredns "$BIN/coredns" -conf "$CLUSTER_DIR/Corefile"
    wait_for 120 kubelet node_is_ready
}

main "$@"
