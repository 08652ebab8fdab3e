# Makes the installed kernel the default and reboots, three seconds after it has answered.
# Prints one line of JSON. Settings: STATE, WANTED and BOOT_ID, as install.sh has answered.
set -eu

say() { echo "$(uname -n): $*" >&2; }

fail() {
  grubby --set-default "$old_default" >&2 || say "the default kernel could not be set back"
  say "reboot failed: $*; the node still runs kernel $(uname -r), and $old_default is its default"
  exit 1
}

answer() { printf '{"kernel":"%s","state":"%s"}\n' "$WANTED" "$1"; }

main() {
  if [ "$STATE" != installed ] || [ "$(uname -r)" = "$WANTED" ]; then
    answer unneeded
    return
  fi
  if [ "$(cat /proc/sys/kernel/random/boot_id)" != "$BOOT_ID" ]; then
    say "it has been rebooted since the kernel was installed"
    answer rebooted
    return
  fi
  old_default=$(grubby --default-kernel)
  kernel=/boot/vmlinuz-$WANTED
  # By path: an index means another entry with BLS, and grub.cfg lies elsewhere with UEFI.
  grubby --set-default "$kernel" >&2 || fail "grubby does not make $kernel the default"
  now=$(grubby --default-kernel)
  [ "$now" = "$kernel" ] || fail "the default kernel is $now after it was set to $kernel"
  systemd-run --on-active=3 systemctl reboot >&2 || fail "systemd-run does not start the reboot"
  say "rebooting into $WANTED"
  answer rebooting
}

# Read as a whole before it runs: what it calls cannot read the rest of it from stdin.
main </dev/null
