#!/usr/bin/env bash
# The name server beside Knot DNS in one run: the same names, the same queries, one core for the server and the other for dnsperf.
# dnsperf saturates its own core first, so the figure to compare is the server's CPU time per query.
#   bench/dns.sh [NAMES] [SECONDS] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
names=${1:-1000} seconds=${2:-10} rounds=${3:-3}
for tool in knotd dnsperf dig taskset; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed (Debian: knot, dnsperf, bind9-dnsutils, util-linux)" >&2; exit 1; }
done

work=$(mktemp -d)
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

dotnet build bench/Federation.Dns.Bench -c Release --nologo -v q >/dev/null
bench=artifacts/bin/Federation.Dns.Bench/release/Federation.Dns.Bench
"$bench" zone "$names" >"$work/fed.test.zone"
"$bench" queries "$names" >"$work/queries"
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
CONF
mkdir "$work/db"

taskset -c 0 knotd -c "$work/knot.conf" & pids+=($!); knot=$!
taskset -c 0 "$bench" serve "$names" 5462 RoundRobin >/dev/null & pids+=($!); round_robin=$!
taskset -c 0 "$bench" serve "$names" 5463 Weighted >/dev/null & pids+=($!); weighted=$!
last=app$((names - 1)).shop.svc.fed.test
for port in 5461 5462 5463; do
  for _ in $(seq 300); do
    [ "$(dig @127.0.0.1 -p $port +short +time=1 +tries=1 "$last" 2>/dev/null | wc -l)" = 3 ] && continue 2
    sleep 0.1
  done
  echo "the server on port $port does not answer" >&2; exit 1
done

ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
measure() { # label pid port mode
  local before after output
  before=$(ticks "$2")
  output=$(taskset -c 1 dnsperf -s 127.0.0.1 -p "$3" -m "$4" -d "$work/queries" -l "$seconds" -c 4 2>/dev/null)
  after=$(ticks "$2")
  awk -v label="$1" -v mode="$4" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
    /Queries completed:/ {done = $3} /Queries per second:/ {qps = $4} /Average Latency/ {latency = $4 * 1000000} /Queries lost:/ {lost = $3}
    # dnsperf matches TCP responses to queries wrongly when ids come around: its latencies there can exceed what the queries outstanding allow.
    END {printf "| %s | %s | %.0f | %s | %d | %.2f |\n", label, mode, qps, mode == "udp" ? sprintf("%.0f", latency) : "-", lost, ticks / hz * 1000000 / done}' <<<"$output"
}

# Servers get warm (and compiled) before anything counts.
for entry in "$knot 5461" "$round_robin 5462" "$weighted 5463"; do
  for mode in udp tcp; do seconds_kept=$seconds; seconds=3; measure warm-up $entry $mode >/dev/null; seconds=$seconds_kept; done
done

echo "| server | transport | queries/s | latency µs | lost | server CPU µs/query |"
echo "|---|---|---|---|---|---|"
for mode in udp tcp; do
  for _ in $(seq "$rounds"); do
    measure "Knot $(knotd -V | awk '{print $NF; exit}')" "$knot" 5461 "$mode"
    measure "ours, RoundRobin" "$round_robin" 5462 "$mode"
    measure "ours, Weighted" "$weighted" 5463 "$mode"
  done
done
