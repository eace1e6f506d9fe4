#!/usr/bin/env bash
# What a pod starts: `driver ARGUMENTS...`, `executor`, or any other command as it is. Spark says the rest in variables.
# tini takes signals as process 1 and hands them on, and ends what Spark left behind.
#
# `share-classes PROGRAM`, when the image is built, keeps the classes that this program loads in an archive, which Java
# maps sooner than it reads them from jars.
set -euo pipefail

ARCHIVE=${SPARK_HOME:-}/classes.jsa

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

# The same class path as Java takes the archive for: Spark's jars by name, in whatever order the disk has them, and no
# folder before them. One of settings is left out where it holds nothing but `spark.properties`, which Spark is given as
# a file; with anything else in it, it stays, and Java reads the jars.
settled() {
    local entry path= folder=${SPARK_CONF_DIR:-$SPARK_HOME/conf}
    local entries jars=("$SPARK_HOME"/jars/*.jar)
    IFS=: read -r -a entries <<< "$1"
    for entry in "${entries[@]}"; do
        case "$entry" in
        "$SPARK_HOME/jars/*") path+=$(printf ':%s' "${jars[@]}") ;;
        "$folder" | "$folder/") ! has_settings "$folder" || path+=:$entry ;;
        *) path+=:$entry ;;
        esac
    done
    printf '%s' "${path#:}"
}

# Names that begin with two dots are Kubernetes' own, in a folder that it mounts.
has_settings() {
    [ -n "$(find -L "$1" -mindepth 1 -maxdepth 1 ! -name spark.properties ! -name '..*' -print -quit 2> /dev/null)" ]
}

# Java's words for the archive, one a line; none in an image that has no archive. One that does not fit is passed by.
sharing() {
    [ ! -r "$ARCHIVE" ] || printf '%s\n' "-XX:SharedArchiveFile=$ARCHIVE" -Xlog:cds=off -Xlog:cds+dynamic=off
}

# Into `command`, what `spark-submit` would start for these arguments, with the class path settled.
submission() {
    local words index
    set +u
    # shellcheck source=/dev/null
    . "$SPARK_HOME/bin/load-spark-env.sh"
    set -u
    local launcher=("$JAVA_HOME/bin/java" -Xmx128m -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main)
    mapfile -d '' -t words < <("${launcher[@]}" org.apache.spark.deploy.SparkSubmit "$@")
    [ "${#words[@]}" -gt 1 ] || exit 1 # the launcher has said why
    # A mark and the end of its line come before the command.
    words=("${words[@]:1}")
    words[0]=${words[0]#$'\n'}
    command=()
    for index in "${!words[@]}"; do
        if [ "${words[index]}" = -cp ] && [ "${#shared[@]}" -gt 0 ]; then
            command+=("${shared[@]}")
            words[index + 1]=$(settled "${words[index + 1]}")
        fi
        command+=("${words[index]}")
    done
    export PYTHONHASHSEED=0
}

mapfile -t shared < <(sharing)
case "${1:-}" in
driver)
    shift
    need SPARK_DRIVER_BIND_ADDRESS
    submission \
        --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
        --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS" \
        --deploy-mode client \
        "$@"
    ;;
share-classes)
    shift
    shared=("-XX:ArchiveClassesAtExit=$ARCHIVE" -Xlog:cds=off -Xlog:cds+dynamic=off)
    submission --master "local[2]" "$@"
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
        "${shared[@]}"
        -cp "$(settled "$(class_path)")"
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
