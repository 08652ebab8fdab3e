# Installs a kernel from ELRepo where the running one is too old; the old one stays the default.
# Prints one line of JSON. Settings: MINIMUM (x.y.z), RHEL8_BUILD (may be empty), PACKAGE, BASE_URL
# (may be empty), KEYS_<el>, RELEASE_<el>, INSTALL_SECONDS.
set -eu

say() { echo "$(uname -n): $*" >&2; }

# What a package's own scripts made the default goes back to what it was.
keep_default() {
  [ -n "${old_default:-}" ] || return 0
  [ "$(grubby --default-kernel 2>/dev/null)" = "$old_default" ] ||
    grubby --set-default "$old_default" >&2
}

fail() {
  keep_default || say "and the default kernel could not be set back to $old_default"
  say "install failed: $*; the node still runs kernel $(uname -r), which stays the default"
  exit 1
}

newer_or_same() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# The same rule as components/node/minimum.py; tests hold the two together.
is_enough() {
  version=$(echo "$1" | sed -n 's/^\([0-9]*\.[0-9]*\(\.[0-9]*\)\{0,1\}\).*/\1/p')
  [ -n "$version" ] || return 1
  case $version in *.*.*) ;; *) version=$version.0 ;; esac
  newer_or_same "$MINIMUM" "$version" && return 0
  build=$(echo "$1" | sed -n 's/^4\.18\.0-\([0-9]\{1,6\}\)\([^0-9].*\)\{0,1\}\.el8.*/\1/p')
  [ -n "$RHEL8_BUILD" ] && [ -n "$build" ] && [ "$build" -ge "$RHEL8_BUILD" ]
}

# The same rule as NodeState.el.
el_major() (
  # shellcheck disable=SC1091
  . /etc/os-release
  case $ID in amzn | fedora) exit 1 ;; esac
  for name in $ID ${ID_LIKE:-}; do
    case $name in
      almalinux | centos | ol | rhel | rocky | scientific) echo "${VERSION_ID%%.*}" && exit ;;
    esac
  done
  exit 1
)

filled_in() { echo "$1" | sed -e "s/{el}/$el/g" -e "s/{arch}/$(uname -m)/g"; }

import_keys() {
  imported=
  for url in $1; do
    rpm --import "$(filled_in "$url")" >&2 && imported=yes || say "the key $url was not imported"
  done
  [ -n "$imported" ] || fail "none of the keys could be imported: $1; check kernel.keyUrls"
}

# Leaves the name of the repository in $repository; disabled, so that nothing else comes from it.
add_repository() {
  if [ -n "$BASE_URL" ]; then
    repository=cilium-clustermesh-kernel
    cat >"/etc/yum.repos.d/$repository.repo" <<END || fail "the repository could not be written"
[$repository]
name=Kernels from ELRepo
baseurl=$(filled_in "$BASE_URL")
enabled=0
gpgcheck=1
END
    return
  fi
  repository=elrepo-kernel
  rpm -q elrepo-release >/dev/null 2>&1 && return
  url=$(filled_in "$1")
  [ -n "$url" ] || fail "there is no repository for EL$el: set kernel.baseUrl"
  in_time "$manager" -y install "$url" ||
    fail "the release package $url could not be installed; check kernel.releasePackageUrl"
}

in_time() { timeout "$INSTALL_SECONDS" "$@" >&2; }

newest_installed() {
  rpm -q --qf '%{VERSION}-%{RELEASE}.%{ARCH}\n' "$PACKAGE" 2>/dev/null | sort -V | tail -n 1
}

answer() {
  printf '{"bootId":"%s","kernel":"%s","state":"%s","wanted":"%s"}\n' \
    "$(cat /proc/sys/kernel/random/boot_id)" "$(uname -r)" "$1" "$2"
}

main() {
  running=$(uname -r)
  if is_enough "$running"; then
    say "kernel $running is new enough"
    answer enough "$running"
    return
  fi
  el=$(el_major) || el=
  case $el in
    7 | 8 | 9 | 10) eval "keys=\$KEYS_$el release=\$RELEASE_$el" ;;
    *) fail "this is no EL 7 to 10, for which ELRepo has kernels: upgrade the kernel by hand" ;;
  esac
  manager=$(command -v dnf || command -v yum) || fail "there is neither dnf nor yum"
  old_default=$(grubby --default-kernel) || fail "grubby does not tell the default kernel"
  import_keys "$keys"
  add_repository "$release"
  say "installing $PACKAGE"
  in_time "$manager" -y "--enablerepo=$repository" install "$PACKAGE" ||
    fail "$PACKAGE could not be installed within $INSTALL_SECONDS s; what $manager said stands above"
  wanted=$(newest_installed)
  [ -e "/boot/vmlinuz-$wanted" ] || fail "/boot/vmlinuz-$wanted is missing after the installation"
  is_enough "$wanted" || fail "$PACKAGE gave $wanted, which is too old as well: try kernel-ml"
  keep_default || fail "the default kernel could not be kept"
  answer installed "$wanted"
}

# Read as a whole before it runs: what it calls cannot read the rest of it from stdin.
main </dev/null
