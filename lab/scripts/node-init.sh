#!/bin/sh
# PID 1 of a node: mounts its own root over the machine's, then keeps containerd and kubelet running.
# usage: node-init.sh NODE_FOLDER HOSTNAME GATEWAY ADDRESS
set -eu
folder=$1 hostname=$2 gateway=$3 address=$4
root=$folder/root

hostname "$hostname"

# The machine's cgroup mounts as "<v1 controllers or -> <folder>", read before they are hidden.
cgroups=$(awk '$3 == "cgroup2" { print "-", $2 }
               $3 == "cgroup" { n = split($4, o, ","); c = ""
                   for (i = 1; i <= n; i++)
                       if (o[i] !~ /^(rw|ro|nosuid|nodev|noexec|relatime|xattr|clone_children|release_agent=.*)$/)
                           c = c (c == "" ? "" : ",") o[i]
                   print c, $2 }' /proc/self/mounts | sort -u -k1,1)

mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t sysfs sysfs "$root/sys"
mount -t bpf bpf "$root/sys/fs/bpf"
case "$cgroups" in
"- /sys/fs/cgroup") ;;
*) mount -t tmpfs -o mode=755 cgroup "$root/sys/fs/cgroup" ;;
esac
echo "$cgroups" | while read -r controllers place; do
    mkdir -p "$root$place"
    if [ "$controllers" = - ]; then
        mount -t cgroup2 cgroup2 "$root$place"
    else
        mount -t cgroup -o "$controllers" cgroup "$root$place"
    fi
done
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"

# A bind for each of these: overlay cannot hold containerd's snapshots, and a Kubernetes that the
# machine itself may run must stay invisible.
for place in var/lib/containerd var/lib/kubelet var/lib/etcd var/lib/cilium var/log/pods \
    var/log/containers etc/kubernetes etc/cni/net.d etc/containerd etc/sysctl.d opt/cni/bin; do
    mkdir -p "$folder/fs/$place" "$root/$place"
    mount --bind "$folder/fs/$place" "$root/$place"
done
mkdir -p "$root/opt/lab/bin"
mount --bind "$folder/bin" "$root/opt/lab/bin"

printf '127.0.0.1 localhost\n%s %s\n' "$address" "$hostname" >"$root/etc/hosts"
rm -f "$root/etc/resolv.conf"
printf 'nameserver %s\n' "$gateway" >"$root/etc/resolv.conf"

mkdir -p "$root/.machine"
cd "$root"
pivot_root . .machine
cd /
umount -l /.machine
rmdir /.machine
mount --make-rshared /

# On a machine with cgroup2 alone, only a group without processes can delegate its controllers.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p /sys/fs/cgroup/init
    xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs || true
    sed 's/ / +/g; s/^/+/' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
fi

# kubelet needs its parent cgroup in every hierarchy; a v1 cpuset also needs its CPUs listed.
awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/self/mounts | while read -r place; do
    mkdir -p "$place/kubelet"
    for knob in cpuset.cpus cpuset.mems; do
        if [ -f "$place/$knob" ] && [ -f "$place/kubelet/$knob" ]; then
            cat "$place/$knob" >"$place/kubelet/$knob" || true
        fi
    done
done

PATH=/opt/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

containerd_loop() {
    while :; do
        containerd --config /etc/containerd/config.toml >>/var/log/containerd.log 2>&1 || true
        sleep 1
    done
}

kubelet_loop() {
    while [ ! -s /var/lib/kubelet/config.yaml ] || [ ! -S /run/containerd/containerd.sock ]; do
        sleep 0.2
    done
    while :; do
        KUBELET_KUBEADM_ARGS=
        . /var/lib/kubelet/kubeadm-flags.env
        # shellcheck disable=SC2086 # kubeadm writes a list of flags into one variable
        kubelet --config=/var/lib/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet.conf \
            --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
            $KUBELET_KUBEADM_ARGS >>/var/log/kubelet.log 2>&1 || true
        sleep 1
    done
}

containerd_loop &
kubelet_loop &

# PID 1 reaps what the containers leave behind; the node ends when it is killed.
trap 'exit 0' TERM INT
while :; do
    wait || true
done
