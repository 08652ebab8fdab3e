#!/bin/sh
# Starts a node: joins its cgroups, then enters its own namespaces.
# nsenter, not `ip netns exec`, which hides the cgroup mounts that node-init.sh has to read.
# usage: start-node.sh NETNS INIT NODE_FOLDER HOSTNAME GATEWAY ADDRESS CGROUP_FOLDER...
# Joining comes first: the cgroup namespace (unshare -C) has the groups joined here as its root, so
# a node sees only its own subtree and each Cilium agent attaches only to its own node.
set -eu
netns=$1 init=$2 folder=$3 hostname=$4 gateway=$5 address=$6
shift 6
for cgroup in "$@"; do
    echo $$ >"$cgroup/cgroup.procs"
done
exec nsenter --net="/run/netns/$netns" \
    unshare --mount --uts --ipc --cgroup --pid --fork --kill-child --propagation private \
    sh "$init" "$folder" "$hostname" "$gateway" "$address"
