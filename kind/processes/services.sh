#!/usr/bin/env bash
# Starts what the story needs beside a cluster of kind/processes/up.sh, as processes of this machine.
#
#     kind/processes/services.sh up [NAMESPACE]     # a team's namespace: featurestore, unless said otherwise
#     kind/processes/services.sh down               # buckets, topics and keys stay until down.sh
#
# MinIO, Kafka and Redis listen on the bridge of the pods, which reach them as minio.minio.svc:9000,
# kafka.kafka.svc:9092 and redis.redis.svc:6379; the Spark Operator runs as a controller and a webhook. `make setup`
# comes first. CRDS names a folder of CRDs to take in place of those of the operator's own module.
set -euo pipefail

OPERATOR=v2.5.1
BUCKET=featurestore-lake

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=kind/processes/common.sh
source "$HERE/common.sh"
ROOT=$(cd "$HERE/../.." && pwd)
PYTHON=$ROOT/.venv/bin/python
CREDENTIALS=$CLUSTER_DIR/lake-credentials.env

main() {
    need_root
    case "${1:-}" in
    up) services_up "${2:-featurestore}" ;;
    down) services_down ;;
    *) fail "expected up or down and got '${1:-}'. Call kind/processes/services.sh up." ;;
    esac
}

services_up() {
    local namespace=$1
    runs kube-apiserver || fail "expected a cluster that runs from $CLUSTER_DIR and found none. Run kind/processes/up.sh."
    [ -x "$PYTHON" ] || fail "expected .venv and found none. Run make setup."
    mkdir -p "$BIN" "$LOG" "$RUN"
    kubectl apply --filename "$HERE/services.yaml" > /dev/null
    minio_up
    kafka_up
    redis_up
    operator_up
    "$ROOT/kind/team.sh" "$namespace"
    kubectl create secret generic "$BUCKET" --namespace "$namespace" --from-env-file "$CREDENTIALS" \
        --dry-run=client --output yaml | kubectl apply --filename - > /dev/null
    echo "Namespace $namespace has the accounts of Spark and the secret $BUCKET."
}

services_down() {
    operator_down
    stop redis
    [ ! -d "$CLUSTER_DIR/kafka" ] || "$PYTHON" -m featurestore.dev.kafka_for_pods down "$CLUSTER_DIR/kafka" > /dev/null
    stop minio
    rm -f "$CREDENTIALS"
    echo "MinIO, Kafka, Redis and the Spark Operator have ended."
}

# answers PORT PATH [ADDRESS]: whether a plain GET is answered with 200.
answers() (
    exec {socket}<> "/dev/tcp/${3:-$ADDRESS}/$1" || exit 1
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&"$socket"
    read -r -t 5 _ status _ <&"$socket"
    [ "$status" = 200 ]
)

minio_up() {
    # The one that laptops have, too.
    [ -x "$BIN/minio" ] || ln -sf "$("$PYTHON" -m featurestore.dev.emulator_programs minio)" "$BIN/minio"
    if ! runs minio; then
        make_credentials
        mkdir -p "$CLUSTER_DIR/minio/$BUCKET" # a folder of its disk is a bucket
    fi
    (
        # By the environment: arguments can be read by every user of this machine.
        # shellcheck source=/dev/null
        source "$CREDENTIALS"
        export MINIO_ROOT_USER=$AWS_ACCESS_KEY_ID MINIO_ROOT_PASSWORD=$AWS_SECRET_ACCESS_KEY
        export MINIO_BROWSER=off MINIO_UPDATE=off
        start minio "$BIN/minio" server --quiet --address "$ADDRESS:9000" --certs-dir "$CLUSTER_DIR/minio-certificates" \
            "$CLUSTER_DIR/minio"
    )
    wait_for 60 minio answers 9000 /minio/health/ready
    echo "MinIO serves the bucket $BUCKET at http://$ADDRESS:9000; $CREDENTIALS holds its credentials."
}

make_credentials() (
    umask 077
    printf 'AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n' "$(openssl rand -hex 10)" "$(openssl rand -hex 20)" \
        > "$CREDENTIALS"
)

kafka_up() {
    "$PYTHON" -m featurestore.dev.kafka_for_pods up "$CLUSTER_DIR/kafka" \
        --listen "$ADDRESS:9092" --advertise kafka.kafka.svc:9092
}

redis_up() {
    if ! command -v redis-server > /dev/null; then
        echo "Redis is left out: there is no redis-server here (on Debian: apt-get install redis-server)."
        return
    fi
    mkdir -p "$CLUSTER_DIR/redis"
    start redis redis-server --bind "$ADDRESS" --port 6379 --protected-mode no --dir "$CLUSTER_DIR/redis"
    wait_for 20 redis redis-cli -h "$ADDRESS" ping
    echo "Redis answers at $ADDRESS:6379."
}

operator_up() {
    build_module spark-operator github.com/kubeflow/spark-operator/v2 "$OPERATOR" ./cmd/operator
    apply_crds
    kubectl apply --filename "$HERE/operator.yaml" > /dev/null
    local name
    for name in controller webhook; do
        certificate "spark-operator-$name" "/CN=spark-operator-$name"
        kubeconfig "spark-operator-$name"
    done
    start_controller
    start_webhook
    wait_for 60 spark-operator-controller answers 18081 /readyz 127.0.0.1
    wait_for 60 spark-operator-webhook answers 18082 /readyz 127.0.0.1
    # Before there is an answer, each pod of Spark would be refused.
    sed "s|CA_BUNDLE|$(base64 --wrap 0 "$PKI/ca.crt")|; s|ADDRESS|$ADDRESS|" "$HERE/operator-webhooks.yaml" |
        kubectl apply --filename - > /dev/null
    echo "The Spark Operator runs; its logs are $LOG/spark-operator-controller.log and $LOG/spark-operator-webhook.log."
}

# Those the program was built with lie beside it. Too long for the annotation by which a client would compare them.
apply_crds() {
    local own=$BIN/spark-operator-crds folder
    if [ ! -d "$own" ]; then
        folder=$(module_folder github.com/kubeflow/spark-operator/v2 "$OPERATOR")
        cp --recursive --no-preserve=mode "$folder/config/crd/bases" "$own"
    fi
    [ -z "${CRDS:-}" ] || [ -d "$CRDS" ] || fail "expected a folder in CRDS and found none at $CRDS. Name another, or none."
    # The controller also waits for a kind that such a folder may lack.
    kubectl apply --server-side --force-conflicts --filename "$own" > /dev/null
    [ -z "${CRDS:-}" ] || kubectl apply --server-side --force-conflicts --filename "$CRDS" > /dev/null
    # A controller that starts before the API server serves its kinds ends at once.
    wait_for 60 "the kinds of the Spark Operator" kubectl get sparkapplications,scheduledsparkapplications --all-namespaces
}

start_controller() (
    JAVA_HOME=$("$PYTHON" -c 'from featurestore.java import find_java; print(find_java().home)')
    SPARK_HOME=$("$PYTHON" -c 'import pyspark; print(pyspark.__path__[0])')
    export JAVA_HOME SPARK_HOME KUBERNETES_SERVICE_HOST=$ADDRESS KUBERNETES_SERVICE_PORT=6443
    KUBECONFIG=$CLUSTER_DIR/spark-operator-controller.kubeconfig start spark-operator-controller "$BIN/spark-operator" controller start --controller-threads 4 \
        --health-probe-bind-address 127.0.0.1:18081
)

# Its certificate is ours, with the address that the API server calls, and so it is told not to make one.
start_webhook() (
    certificate webhook-server /CN=spark-operator-webhook "IP:$ADDRESS"
    umask 077
    openssl rsa -in "$PKI/webhook-server.key" -traditional -out "$PKI/webhook-server.pem" 2> /dev/null
    kubectl create secret generic spark-operator-webhook --namespace spark-operator --dry-run=client --output yaml \
        --from-file "ca.crt=$PKI/ca.crt" --from-file "tls.crt=$PKI/webhook-server.crt" \
        --from-file "tls.key=$PKI/webhook-server.pem" | kubectl apply --filename - > /dev/null
    KUBECONFIG=$CLUSTER_DIR/spark-operator-webhook.kubeconfig start spark-operator-webhook "$BIN/spark-operator" webhook start --enable-cert-manager \
        --webhook-secret-name spark-operator-webhook --webhook-secret-namespace spark-operator \
        --webhook-cert-dir "$RUN/webhook" --webhook-port 9443 --health-probe-bind-address 127.0.0.1:18082
)

# First what sends pods to a webhook that will not answer.
operator_down() {
    ! runs kube-apiserver || kubectl delete --ignore-not-found mutatingwebhookconfiguration,validatingwebhookconfiguration \
        spark-operator > /dev/null
    stop spark-operator-webhook
    stop spark-operator-controller
}

main "$@"
