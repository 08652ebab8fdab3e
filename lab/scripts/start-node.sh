#!/bin/sh
# Start a node: join its cgroups, then leave for namespaces of its own.
# nsenter and not `ip netns exec`: that one hides the cgroup mounts, which node-init.sh has to read.
# usage: start-node.sh NETNS INIT NODE_FOLDER HOSTNAME GATEWAY ADDRESS CGROUP_FOLDER...
# Joining comes first: the cgroup namespace (unshare -C) takes the groups joined here as its root,
# so that a node sees only its own subtree and each Cilium agent attaches to its own node alone.
set -eu
netns=$1 init=$2 folder=$3 hostname=$4 gateway=$5 address=$6
shift 6
for cgroup in "$@"; do
    echo $$ >"$cgroup/cgroup.procs"
done
exec nsenter --net="/run/netns/$netns" \
    unshare --mount --uts --ipc --cgroup --pid --fork --kill-child --propagation private \
    sh "$init" "$folder" "$hostname" "$gateway" "$address"
