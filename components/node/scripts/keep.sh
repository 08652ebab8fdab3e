# Makes the running kernel the default again, after a reboot that did not lead to the wanted one.
set -eu
main() { grubby --set-default "/boot/vmlinuz-$(uname -r)" >&2; }
main </dev/null
