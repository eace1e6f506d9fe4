#!/usr/bin/env bash
# Makes a team's namespace for Spark: pods meet the standard `restricted`, drivers make executors, executors nothing.
#
#     kind/team.sh NAMESPACE
#
# It asks the cluster that kubectl asks.
set -euo pipefail

[ "$#" = 1 ] || {
    echo "kind/team.sh: expected the name of a namespace and got $# arguments." >&2
    exit 2
}

kubectl apply --filename - > /dev/null << END
apiVersion: v1
kind: Namespace
metadata:
  name: $1
  labels:
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: spark-driver, namespace: $1}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: spark-executor, namespace: $1}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: spark-driver, namespace: $1}
rules:
- apiGroups: [""]
  resources: [pods, configmaps, services, persistentvolumeclaims]
  verbs: [create, get, list, watch, patch, update, delete, deletecollection]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: spark-driver, namespace: $1}
subjects:
- {kind: ServiceAccount, name: spark-driver, namespace: $1}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: spark-driver}
END
