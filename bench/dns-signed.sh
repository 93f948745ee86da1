#!/usr/bin/env bash
# What signing costs: one of our servers with a signed zone, asked without and with the DO bit, beside Knot DNS that signs on line, too. One core each; dnsperf has the other.
# dnsperf saturates its own core first, so the figure to compare is the server's CPU time per query.
#   bench/dns-signed.sh [NAMES] [SECONDS] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
names=${1:-1000} seconds=${2:-10} rounds=${3:-3}
for tool in knotd dnsperf dig taskset ldns-keygen; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed (Debian: knot, dnsperf, bind9-dnsutils, util-linux, ldnsutils)" >&2; exit 1; }
done

work=$(mktemp -d)
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

dotnet build bench/Federation.Dns.Bench -c Release --nologo -v q >/dev/null
bench=artifacts/bin/Federation.Dns.Bench/release/Federation.Dns.Bench
"$bench" zone "$names" >"$work/fed.test.zone"
"$bench" queries "$names" >"$work/queries"
for i in $(seq 1000000); do echo "n$i.fed.test A"; done >"$work/missing"
mkdir "$work/db" "$work/keys"
(cd "$work/keys" && ldns-keygen -a ECDSAP256SHA256 -k fed.test >/dev/null)
cat >"$work/knot.conf" <<CONF
server:
    rundir: $work
    listen: 127.0.0.1@5461
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: $work/db
log:
  - target: stderr
    any: error
zone:
  - domain: fed.test
    file: $work/fed.test.zone
    module: mod-onlinesign
CONF

taskset -c 0 knotd -c "$work/knot.conf" & pids+=($!); knot=$!
taskset -c 0 "$bench" serve "$names" 5462 RoundRobin "$work/keys" >/dev/null & pids+=($!); ours=$!
last=app$((names - 1)).shop.svc.fed.test
for port in 5461 5462; do
  for _ in $(seq 300); do
    dig @127.0.0.1 -p $port +dnssec +time=1 +tries=1 "$last" 2>/dev/null | grep -q RRSIG && continue 2
    sleep 0.1
  done
  echo "the server on port $port does not answer" >&2; exit 1
done

ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
measure() { # label pid port queries options…
  local before after output
  before=$(ticks "$2")
  output=$(taskset -c 1 dnsperf -s 127.0.0.1 -p "$3" -d "$work/$4" -l "$seconds" -c 4 "${@:5}" 2>/dev/null)
  after=$(ticks "$2")
  awk -v label="$1" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
    /Queries completed:/ {done = $3} /Queries per second:/ {qps = $4} /Queries lost:/ {lost = $3}
    END {printf "| %s | %.0f | %d | %.2f |\n", label, qps, lost, ticks / hz * 1000000 / done}' <<<"$output"
}

round() {
  measure "ours, signed zone, without DO" "$ours" 5462 queries
  measure "ours, DO" "$ours" 5462 queries -D
  measure "ours, DO, names that do not exist" "$ours" 5462 missing -D
  measure "Knot, without DO" "$knot" 5461 queries
  measure "Knot, DO" "$knot" 5461 queries -D
  measure "Knot, DO, names that do not exist" "$knot" 5461 missing -D
}

# Servers get warm (and compiled) before anything counts.
round >/dev/null
echo "| what is asked | queries/s | lost | server CPU µs/query |"
echo "|---|---|---|---|"
for _ in $(seq "$rounds"); do round; done
