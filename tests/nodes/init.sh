#!/bin/sh
# The first process of a node of the tests, in namespaces of its own: it makes the machine look like
# the node whose folder is $NODE, and boots it anew whenever its sshd has ended.
set -eu
mount -t tmpfs none /boot
mount -t tmpfs none /run
mkdir /run/sshd
mount -t tmpfs none /sys/firmware
[ ! -e "$NODE/uefi" ] || mkdir /sys/firmware/efi
mkdir -p "$NODE/upper" "$NODE/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$NODE/upper,workdir=$NODE/work" /etc
rm -f /etc/os-release
cp "$NODE/os-release" /etc/os-release
mkdir -p /etc/yum.repos.d
# sshd without PAM lets nobody in whose password is locked by a "!".
sed -i 's/^root:[^:]*/root:*/' /etc/shadow
cat /proc/sys/kernel/random/uuid >"$NODE/boot_id"
mount --bind "$NODE/boot_id" /proc/sys/kernel/random/boot_id
: >"$(cat "$NODE/default")"
while :; do
  /usr/sbin/sshd -D -e -f "$NODE/sshd_config" >>"$NODE/log" 2>&1 &
  echo $! >"$NODE/sshd.pid"
  wait $! || :
  # All sessions die with it: PID 1 of a PID namespace takes everything else away.
  kill -KILL -1 2>/dev/null || :
  sleep "$(cat "$NODE/down-seconds" 2>/dev/null || echo 1)"
  [ ! -e "$NODE/dead" ] || while :; do sleep 1; done
  cat /proc/sys/kernel/random/uuid >"$NODE/boot_id"
  [ -e "$NODE/falls-back" ] || sed 's,.*/vmlinuz-,,' "$NODE/default" >"$NODE/kernel"
done
