#!/usr/bin/env bash
# What a pod starts: `driver ARGUMENTS...`, `executor`, or any other command as it is. Spark says the rest in variables.
# tini takes signals as process 1 and hands them on, and ends what Spark left behind.
set -euo pipefail

need() {
    local name
    for name in "$@"; do
        if [ -z "${!name:-}" ]; then
            echo "entrypoint.sh: expected the variable $name, which Spark sets in its pods, and got none." \
                "Start the image through Spark or the Spark Operator; any other command runs as it is." >&2
            exit 2
        fi
    done
}

# SPARK_JAVA_OPT_0, SPARK_JAVA_OPT_1, ...: one option each, in the order of their numbers, with whatever they hold.
java_options() {
    local name
    while read -r name; do
        printf '%s\0' "${!name}"
    done < <(compgen -e | grep -E '^SPARK_JAVA_OPT_[0-9]+$' | sort -t _ -k 4 -n)
}

# Configuration first, so that it wins over what jars bring; the working folder holds what is sent to executors.
class_path() {
    local path="$SPARK_HOME/jars/*"
    path="${SPARK_CLASSPATH:+$SPARK_CLASSPATH:}$path${SPARK_EXTRA_CLASSPATH:+:$SPARK_EXTRA_CLASSPATH}"
    path="${HADOOP_CONF_DIR:+$HADOOP_CONF_DIR:}$path"
    path="${SPARK_CONF_DIR:-$SPARK_HOME/conf}:$path"
    printf '%s' "$path:$PWD${SPARK_DIST_CLASSPATH:+:$SPARK_DIST_CLASSPATH}"
}

case "${1:-}" in
driver)
    shift
    need SPARK_DRIVER_BIND_ADDRESS
    command=(
        "$SPARK_HOME/bin/spark-submit"
        --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS"
        --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS"
        --deploy-mode client
        "$@"
    )
    ;;
executor)
    shift
    need SPARK_DRIVER_URL SPARK_EXECUTOR_ID SPARK_EXECUTOR_CORES SPARK_EXECUTOR_MEMORY SPARK_EXECUTOR_POD_IP \
        SPARK_EXECUTOR_POD_NAME SPARK_APPLICATION_ID SPARK_RESOURCE_PROFILE_ID
    mapfile -d '' -t options < <(java_options)
    command=(
        "$JAVA_HOME/bin/java"
        "${options[@]}"
        "-Xms$SPARK_EXECUTOR_MEMORY"
        "-Xmx$SPARK_EXECUTOR_MEMORY"
        -cp "$(class_path)"
        org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend
        --driver-url "$SPARK_DRIVER_URL"
        --executor-id "$SPARK_EXECUTOR_ID"
        --cores "$SPARK_EXECUTOR_CORES"
        --app-id "$SPARK_APPLICATION_ID"
        --hostname "$SPARK_EXECUTOR_POD_IP"
        --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID"
        --podName "$SPARK_EXECUTOR_POD_NAME"
    )
    ;;
"")
    command=(bash)
    ;;
*)
    command=("$@")
    ;;
esac

# -s: where the pod's containers share their processes, tini is not process 1.
exec tini -s -- "${command[@]}"
