#!/usr/bin/env bash
# Starts the laptop's cluster in Docker, with what the profile `kind` expects in it.
#
#     make images && kind/up.sh
#
# A machine without Docker has kind/processes/up.sh. CHART names another chart of the Spark Operator than the one that
# Helm knows as spark-operator/spark-operator, for example a folder. kind/down.sh ends it all.
set -euo pipefail

CLUSTER=featurestore
NAMESPACE=featurestore
OPERATOR=2.5.1
CHART=${CHART:-spark-operator/spark-operator}
WAIT=300s

main() {
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    need_programs
    need_chart
    need_checkout
    work=$(mktemp --directory)
    trap 'rm -rf "$work"' EXIT
    make_cluster
    load_images
    install_operator
    install_services
    kind/team.sh "$NAMESPACE"
    copy_credentials
    echo "The cluster runs: kubectl --context kind-$CLUSTER get pods --all-namespaces"
}

fail() {
    echo "kind/up.sh: $1" >&2
    exit 2
}

need_programs() {
    local lacking=() name
    for name in docker kind kubectl helm; do
        command -v "$name" > /dev/null || lacking+=("$name")
    done
    [ "${#lacking[@]}" -gt 0 ] || docker info > /dev/null 2>&1 || lacking+=("a Docker engine that answers")
    [ "${#lacking[@]}" = 0 ] ||
        fail "expected docker, kind, kubectl and helm, and lack: ${lacking[*]}. Install or start them, or run \
kind/processes/up.sh, which needs none of them."
}

need_chart() {
    helm show chart "$CHART" --version "$OPERATOR" > /dev/null 2>&1 ||
        fail "expected Helm to know the chart $CHART $OPERATOR and it does not. Add the repository of Kubeflow's Spark \
Operator by helm repo add spark-operator, or name a chart in CHART."
}

need_checkout() {
    [ -x .venv/bin/featurestore ] || fail "expected .venv and found none. Run make setup."
    compgen -G 'build/images/featurestore-spark-*.tar' > /dev/null ||
        fail "expected an image of Spark in build/images and found none. Run make images."
}

make_cluster() {
    kind get clusters 2> /dev/null | grep -qx "$CLUSTER" || kind create cluster --config kind/cluster.yaml --wait "$WAIT"
    # Whatever cluster kubectl asks otherwise, what follows goes to this one.
    kind get kubeconfig --name "$CLUSTER" > "$work/kubeconfig"
    export KUBECONFIG=$work/kubeconfig
}

load_images() {
    local archive
    for archive in build/images/featurestore-*.tar; do
        kind load image-archive "$archive" --name "$CLUSTER"
    done
}

install_operator() {
    helm upgrade --install spark-operator "$CHART" --version "$OPERATOR" --namespace spark-operator --create-namespace \
        --values kind/spark-operator-values.yaml --wait --timeout "$WAIT"
}

install_services() {
    local name
    kubectl apply --filename kind/services
    kubectl get secret featurestore-lake --namespace minio > /dev/null 2>&1 || make_credentials
    for name in minio kafka redis; do
        kubectl rollout status "deployment/$name" --namespace "$name" --timeout "$WAIT"
    done
}

# By a pipe, here and below: arguments can be read by every user of this machine.
make_credentials() {
    printf 'AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n' "$(random 10)" "$(random 20)" | put_credentials minio
}

copy_credentials() {
    # shellcheck disable=SC2016 # a template's own variables, not the shell's
    kubectl get secret featurestore-lake --namespace minio --output \
        'go-template={{range $key, $value := .data}}{{$key}}={{$value | base64decode}}{{"\n"}}{{end}}' |
        put_credentials "$NAMESPACE"
}

put_credentials() {
    kubectl create secret generic featurestore-lake --namespace "$1" --from-env-file /dev/stdin --dry-run=client \
        --output yaml | kubectl apply --filename - > /dev/null
}

# random BYTES: in hexadecimal digits.
random() {
    od --address-radix n --format x1 --read-bytes "$1" /dev/urandom | tr -d ' \n'
}

main "$@"
