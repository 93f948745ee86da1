# Shared by the DNS benches: the servers under test, each pinned to core 0, and what is read of their processes. Sourced, not run.
# A caller sets $names, and calls bench_begin first. As root, servers and dnsperf go before whatever else the machine does.
prefer=$([ "$(id -u)" = 0 ] && echo "nice -n -15" || true)

need() { # programs; what is missing ends the bench
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed (Debian: knot, nsd, pdns-server, pdns-backend-bind, dnsperf, bind9-dnsutils, util-linux, ldnsutils)" >&2; exit 1; }
  done
}

bench_begin() {
  # Where the kernel shares processors out by session, niceness counts within one only.
  [ -z "$prefer" ] || echo -15 >/proc/$$/autogroup 2>/dev/null || true
  work=$(mktemp -d)
  pids=()
  trap bench_end EXIT
  dotnet build bench/Federation.Dns.Bench -c Release --nologo -v q >/dev/null
  bench=$PWD/artifacts/bin/Federation.Dns.Bench/release/Federation.Dns.Bench
  "$bench" zone "$names" >"$work/fed.test.zone"
  "$bench" queries "$names" >"$work/queries"
  mkdir "$work/db"
}

bench_end() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ -z "$prefer" ] || echo 0 >/proc/$$/autogroup 2>/dev/null || true
  rm -rf "$work"
}

start_pinned() { # command…; its process id is in $started
  $prefer taskset -c 0 "$@" >>"$work/output" 2>&1 </dev/null & started=$!
  pids+=("$started")
}

start_knot() { # port [line of the zone [sections before it]]
  mkdir -p "$work/knot"
  cat >"$work/knot.conf" <<CONF
server:
    rundir: $work/knot
    listen: 127.0.0.1@$1
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: $work/db
log:
  - target: stderr
    any: error
${3:-}
zone:
  - domain: fed.test
    file: $work/fed.test.zone
    ${2:-}
CONF
  start_pinned knotd -c "$work/knot.conf"
}

start_nsd() { # port; its limit of responses is off, for it would be reached
  cat >"$work/nsd.conf" <<CONF
server:
    server-count: 1
    ip-address: 127.0.0.1@$1
    username: ""
    chroot: ""
    zonesdir: "$work"
    database: ""
    pidfile: "$work/nsd.pid"
    xfrdfile: "$work/xfrd.state"
    zonelistfile: "$work/zone.list"
    xfrdir: "$work"
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: fed.test
    zonefile: fed.test.zone
CONF
  start_pinned nsd -d -c "$work/nsd.conf"
}

start_pdns() { # port; the bind backend and the caches are as shipped
  mkdir -p "$work/pdns"
  echo "options { directory \"$work\"; }; zone \"fed.test\" { type master; file \"$work/fed.test.zone\"; };" >"$work/named.conf"
  start_pinned pdns_server --config-dir="$work/pdns" --daemon=no --guardian=no --write-pid=no --socket-dir="$work/pdns" --disable-syslog --loglevel=3 \
    --local-address=127.0.0.1 --local-port="$1" --launch=bind --bind-config="$work/named.conf" --receiver-threads=1 --distributor-threads=1 \
    --max-tcp-connections=100 --max-tcp-transactions-per-conn=0
}

until_answered() { # port [options of dig]: the last name is
  local last=app$((names - 1)).shop.svc.fed.test port=$1
  for _ in $(seq 6000); do
    [ "$(dig @127.0.0.1 -p "$port" +short +time=1 +tries=1 "${@:2}" "$last" 2>/dev/null | wc -l)" -ge 3 ] && return
    sleep 0.1
  done
  echo "the server on port $port does not answer" >&2
  exit 1
}

family() { # pid: it and all below it (NSD is several processes)
  local child
  echo "$1"
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do family "$child"; done
}

ticks() { # pid: processor time of it, of all below it, and of those of them that have ended
  local pid total=0
  for pid in $(family "$1"); do total=$((total + $(awk '{sub(/.*\) /, ""); print $12 + $13 + $14 + $15}' "/proc/$pid/stat"))); done
  echo $total
}

seconds_of() { awk -v ticks="$1" -v hz="$(getconf CLK_TCK)" 'BEGIN {printf "%.1f", ticks / hz}'; }

mebibytes() { # pid: memory of it and of all below it, what they share counted once
  local pid
  for pid in $(family "$1"); do cat "/proc/$pid/smaps_rollup"; done | awk '/^Pss:/ {sum += $2} END {printf "%.0f", sum / 1024}'
}

# The raw rows of a table "label|number|…" on the standard input: for each label, in the order of its first row, the median of each column and the range of the last.
medians() {
  awk -F'|' '
    {if (!($1 in rows)) order[++labels] = $1; rows[$1]++; columns = NF; for (i = 2; i <= NF; i++) value[$1, i, rows[$1]] = $i}
    function sorted(label, column, n,   i, j, swap) {
      for (i = 1; i <= n; i++) list[i] = value[label, column, i] + 0
      for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j] < list[j - 1]; j--) {swap = list[j]; list[j] = list[j - 1]; list[j - 1] = swap}
    }
    END {
      for (l = 1; l <= labels; l++) {
        label = order[l]; n = rows[label]; line = label
        for (i = 2; i <= columns; i++) {sorted(label, i, n); line = line "|" (n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2)}
        print line "|" list[1] "|" list[n]
      }
    }'
}
