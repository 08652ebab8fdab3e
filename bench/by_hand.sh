#!/bin/sh
# The procedure as a person does it, step by step, for cluster01 and cluster02.
# usage: by_hand.sh join|undo FOLDER VERSION, where FOLDER has NAME.kubeconfig of both clusters and
# VERSION is Cilium's. Needs kubectl and cilium on PATH; writes FOLDER/merged.kubeconfig and prints
# one line `phase NAME SECONDS` per step.
set -eu
action=$1 folder=$2 version=$3
here=$(dirname "$0")
clusters="cluster01 cluster02"
export KUBECONFIG="$folder/merged.kubeconfig"
begun=$(date +%s.%N)

phase() {
    now=$(date +%s.%N)
    echo "phase $1 $(echo "$begun $now" | awk '{ print $2 - $1 }')"
    begun=$now
}

of() { # CLUSTER WORDS...: kubectl with the cluster's own kubeconfig
    name=$1
    shift
    kubectl --kubeconfig "$folder/$name.kubeconfig" "$@"
}

field() { # CLUSTER JSONPATH: from the kubeconfig that the cluster came with
    of "$1" config view --raw --flatten --minify --output="jsonpath={$2}"
}

expose() {
    cat <<-END | of "$1" apply -f - >&2
	apiVersion: v1
	kind: Service
	metadata: {name: cilium-clustermesh-api-server, namespace: kube-system}
	spec:
	  type: NodePort
	  selector: {component: kube-apiserver, tier: control-plane}
	  ports: [{name: https, port: 6443, targetPort: 6443}]
	END
}

merge() { # the entries of step 4, through the NodePort, with the cluster's own credentials
    address=$(of "$1" get nodes --output='jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}')
    port=$(of "$1" get service cilium-clustermesh-api-server -n kube-system \
        --output='jsonpath={.spec.ports[0].nodePort}')
    (
        umask 077
        for part in cluster.certificate-authority-data user.client-certificate-data user.client-key-data; do
            kind=${part%%.*}
            field "$1" ".${kind}s[0].$part" | base64 -d >"$folder/$1.${part##*.}"
        done
        kubectl config set-cluster "$1" --server="https://$address:$port" --embed-certs \
            --certificate-authority="$folder/$1.certificate-authority-data"
        kubectl config set-credentials "$1" --embed-certs \
            --client-certificate="$folder/$1.client-certificate-data" \
            --client-key="$folder/$1.client-key-data"
        kubectl config set-context "$1" --cluster="$1" --user="$1"
        rm -f "$folder/$1".*-data
    ) >&2
}

enable() { # CLUSTER NODEPORT: a port of its own, or peers reach themselves (cilium#24692)
    cilium clustermesh enable --context "$1" --service-type NodePort >&2
    address=$(of "$1" get nodes --output='jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}')
    cilium upgrade --context "$1" --version "$version" --reuse-values \
        --set "clustermesh.apiserver.service.nodePort=$2" \
        --set "k8sServiceHost=$address" --set k8sServicePort=6443 --set kubeProxyReplacement=true >&2
}

share_ca() { # the same CA everywhere: the first cluster's
    (
        umask 077
        for key in ca.crt ca.key; do
            kubectl --context cluster01 -n kube-system get secret cilium-ca \
                --output="jsonpath={.data['$(echo $key | sed 's/\./\\./')']}" | base64 -d >"$folder/$key"
        done
        kubectl --context cluster02 -n kube-system create secret generic cilium-ca \
            --from-file="$folder/ca.crt" --from-file="$folder/ca.key"
        rm -f "$folder/ca.crt" "$folder/ca.key"
    ) >&2
}

ask() { # CLUSTER URL COUNT: curl from an x-wing Pod
    kubectl --context "$1" exec deployment/x-wing -- \
        sh -c "for i in \$(seq $3); do curl -sS --max-time 5 $2; done"
}

until_answered() { # WANTED COMMAND...: retry until the answer names the cluster
    wanted=$1
    shift
    tries=0
    until "$@" 2>/dev/null | grep -q "\"$wanted\""; do
        tries=$((tries + 1))
        [ $tries -lt 180 ] || { echo "no answer from $wanted: $*" >&2; exit 1; }
        sleep 1
    done
}

prove() { # FROM TO: by Pod IP and through the global Service
    for ip in $(kubectl --context "$2" get pods -l name=rebel-base --output='jsonpath={.items[*].status.podIP}'); do
        until_answered "$2" ask "$1" "http://$ip/" 1
    done
    until_answered "$2" ask "$1" http://rebel-base/ 20
}

join() {
    rm -f "$KUBECONFIG"
    for cluster in $clusters; do expose "$cluster"; done
    phase expose
    for cluster in $clusters; do merge "$cluster"; done
    phase kubeconfig
    enable cluster01 32379
    share_ca
    enable cluster02 32380
    phase enable
    cilium clustermesh connect --context cluster01 --destination-context cluster02 >&2
    for cluster in $clusters; do
        kubectl --context "$cluster" -n kube-system rollout status deployment/clustermesh-apiserver >&2
        kubectl --context "$cluster" -n kube-system rollout status daemonset/cilium >&2
    done
    phase connect
    for cluster in $clusters; do
        sed "s/@CLUSTER@/$cluster/" "$here/by_hand.yaml" | kubectl --context "$cluster" apply -f - >&2
    done
    for cluster in $clusters; do
        for app in rebel-base x-wing; do
            kubectl --context "$cluster" rollout status "deployment/$app" >&2
        done
    done
    phase demo
    for cluster in $clusters; do cilium clustermesh status --context "$cluster" --wait >&2; done
    prove cluster01 cluster02
    prove cluster02 cluster01
    phase proof
}

undo() {
    for cluster in $clusters; do
        of "$cluster" delete --ignore-not-found configmap/rebel-base-response \
            deployment/rebel-base deployment/x-wing service/rebel-base >&2
    done
    cilium clustermesh disconnect --context cluster01 --destination-context cluster02 >&2
    for cluster in $clusters; do
        cilium clustermesh disable --context "$cluster" >&2
        of "$cluster" -n kube-system delete --ignore-not-found job/clustermesh-apiserver-generate-certs \
            secret/clustermesh-apiserver-server-cert secret/clustermesh-apiserver-admin-cert \
            secret/clustermesh-apiserver-remote-cert secret/clustermesh-apiserver-local-cert >&2
    done
    for cluster in $clusters; do # last: $KUBECONFIG connects through it
        of "$cluster" -n kube-system delete --ignore-not-found service/cilium-clustermesh-api-server >&2
    done
}

"$action"
