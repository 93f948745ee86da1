# Functions of ./fed. Sourced, not run. Everything here works before anything is built.

fed_say() { printf '%s\n' "$*" >&2; }
fed_die() { fed_say "fed: $*"; exit 1; }

# Tells whether a flag is among the arguments.
fed_has_flag() { local want=$1 argument; shift; for argument in "$@"; do [ "$argument" = "$want" ] && return 0; done; return 1; }

# Installs Debian packages after asking; --yes answers for the user.
# usage: fed_offer_packages "why" "packages" "$@"
fed_offer_packages() {
  local why=$1 packages=$2 answer; shift 2
  command -v apt-get >/dev/null || fed_die "$why Install it with your system's packages ($packages on Debian)."
  if ! fed_has_flag --yes "$@"; then
    [ -t 0 ] || fed_die "$why Install it with 'apt-get install $packages', or run this again with --yes."
    read -r -p "$why Install the Debian package(s) $packages? [y/N] " answer
    [[ $answer == [yY]* ]] || fed_die "$why Nothing was installed."
  fi
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  fed_say "Installing $packages …"
  "${as_root[@]}" apt-get update -qq >&2 || fed_die "apt-get update failed."
  # shellcheck disable=SC2086 # the package names are separate words
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends $packages >/dev/null || fed_die "Installing $packages failed."
}

fed_require_dotnet() {
  if command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -q '^1[0-9]\.'; then return; fi
  if command -v apt-cache >/dev/null && apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1; then
    fed_offer_packages "The .NET SDK 10 is needed." dotnet-sdk-10.0 "$@"
  else
    fed_die "The .NET SDK 10 is needed. See https://learn.microsoft.com/dotnet/core/install/linux-debian."
  fi
}

fed_docker_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# The value of a flag, as --flag value or --flag=value; nothing when it is not there.
fed_flag_value() {
  local flag=$1; shift
  while [ $# -gt 0 ]; do
    case $1 in "$flag") echo "${2:-}"; return ;; "$flag="*) echo "${1#*=}"; return ;; esac
    shift
  done
}

# Docker's client and engine, and busybox for the sample image. An engine elsewhere (--docker, DOCKER_HOST) is used as it is.
fed_require_docker() {
  if fed_has_flag --help "$@" || fed_has_flag -h "$@"; then return; fi
  local named; named=$(fed_flag_value --docker "$@")
  if [ -n "$named" ]; then local -x DOCKER_HOST=$named; fi
  local missing=()
  command -v docker >/dev/null || missing+=(docker.io)
  if [ -z "${DOCKER_HOST:-}" ] && ! command -v dockerd >/dev/null; then missing=(docker.io); fi
  command -v iptables >/dev/null || [ -n "${DOCKER_HOST:-}" ] || missing+=(iptables)
  command -v busybox >/dev/null || missing+=(busybox-static)
  [ ${#missing[@]} = 0 ] || fed_offer_packages "Docker (and busybox for the sample image) is needed." "${missing[*]}" "$@"
  fed_docker_answers && return

  local reason; reason=$(docker version 2>&1 >/dev/null | tail -n 1) || true
  case $reason in
    *"permission denied"*) fed_die "No permission to use Docker. Add yourself to the docker group ('sudo usermod -aG docker $USER', then log in again) or run as root." ;;
  esac
  [ -z "${DOCKER_HOST:-}" ] || fed_die "No Docker Engine answers at $DOCKER_HOST."
  [ "$(id -u)" = 0 ] || fed_die "The Docker Engine is not running. Start it with 'sudo systemctl start docker'."
  fed_say "Starting the Docker Engine …"
  if [ -d /run/systemd/system ]; then systemctl start docker; else fed_start_dockerd; fi
  local tries
  for tries in $(seq 1 150); do fed_docker_answers && return; sleep 0.2; done
  fed_die "The Docker Engine did not start; see /var/log/dockerd.log or 'journalctl -u docker'."
}

# Without systemd (containers, CI): the engine as a process of its own.
fed_start_dockerd() { setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null & }

# Builds the three programs when a source is newer than the last build. Analyzers are left to ./fed test.
fed_build() {
  local stamp=$root/artifacts/.built
  if [ -f "$stamp" ] && [ -z "$(find "$root/src" "$root/eng" "$root/Directory.Build.props" "$root/Directory.Packages.props" \
      -type f -newer "$stamp" -not -path '*/obj/*' -print -quit)" ]; then return; fi
  fed_say "Building …"
  local log; log=$(mktemp)
  if ! dotnet build "$root/eng/programs.slnf" -c Release --nologo -v quiet -p:RunAnalyzers=false "${engine_flags[@]}" >"$log" 2>&1; then
    cat "$log" >&2; rm -f "$log"; fed_die "The build failed."
  fi
  rm -f "$log"
  touch "$stamp"
}

# Tries to restore the Orleans packages; with them in the package cache the build chooses the Orleans engine by itself.
fed_setup() {
  fed_require_dotnet "$@"
  fed_require_docker "$@"
  local probe; probe=$(mktemp -d)
  local version; version=$(sed -n 's/.*<OrleansVersion[^>]*>\(.*\)<.*/\1/p' "$root/Directory.Packages.props")
  cat >"$probe/probe.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
<ItemGroup><PackageReference Include="Microsoft.Orleans.Server" Version="$version" /></ItemGroup></Project>
XML
  if dotnet restore "$probe/probe.csproj" >/dev/null 2>&1; then
    fed_say "Orleans $version restored: the build uses the Orleans engine."
  else
    fed_say "Orleans $version cannot be restored here: the build uses the embedded engine."
  fi
  rm -rf "$probe"
}

# Restore, build with warnings as errors, every test. GRAIN_ENGINE=Orleans|Embedded forces the engine.
fed_test() {
  fed_require_dotnet "$@"
  cd "$root"
  local results; results=$(mktemp -d)
  dotnet restore Federation.sln "${engine_flags[@]}" -v quiet
  # What ./fed built without analyzers would count as up to date.
  local again=()
  [ ! artifacts/.built -nt artifacts/.analysed ] || again=(--no-incremental)
  dotnet build Federation.sln --no-restore -c Release --nologo -v minimal -warnaserror "${again[@]}" "${engine_flags[@]}"
  touch artifacts/.analysed
  # Those that take longest begin first: nothing is left to wait for at the end. The simulation steps behind whatever has a real clock.
  local first=(Federation.EndToEnd.Tests MemberCluster.Agent.Tests Federation.Simulation.Tests) tests=() project name status=0
  for name in "${first[@]}"; do tests+=("artifacts/bin/$name/release/$name.dll"); done
  for project in tests/*.Tests; do
    name=${project#tests/}
    [[ " ${first[*]} " == *" $name "* ]] || tests+=("artifacts/bin/$name/release/$name.dll")
  done
  # Most processes live for seconds: what is compiled to be measured first would never pay, and compiling is quicker where memory may be written and executed.
  DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0 dotnet test --nologo --logger trx --results-directory "$results" "${tests[@]}" "$@" -- RunConfiguration.MaxCpuCount=3 || status=$?
  local passed failed
  passed=$(fed_sum passed "$results"); failed=$(fed_sum failed "$results")
  rm -rf "$results"
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$passed" -gt 0 ] || status=1
  return "$status"
}

fed_sum() { cat "$2"/*.trx 2>/dev/null | grep -o "<Counters [^>]*" | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'; }

engine_flags=()
[ -z "${GRAIN_ENGINE:-}" ] || engine_flags=("-p:GrainEngine=$GRAIN_ENGINE")
