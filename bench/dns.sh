#!/usr/bin/env bash
# Our name server beside Knot, NSD and PowerDNS in one run: the same names, the same queries, one core for the servers and the other for dnsperf.
# dnsperf saturates its own core first, so the figure to compare is the server's CPU time per query.
#   bench/dns.sh [NAMES] [SECONDS] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
names=${1:-1000} seconds=${2:-10} rounds=${3:-3}
. bench/dns-lib.sh
need knotd nsd pdns_server dnsperf dig taskset
bench_begin

servers=(Knot NSD PowerDNS "ours, static" "ours, Geo + Weighted")
declare -A pid port
load() { # label port command…: starts a server and waits for its last name
  local from cpu
  from=$(date +%s%N)
  "${@:3}"
  pid[$1]=$started
  port[$1]=$2
  until_answered "$2"
  cpu=$(ticks "$started")
  awk -v label="$1" -v elapsed=$(($(date +%s%N) - from)) -v cpu="$(seconds_of "$cpu")" -v memory="$(mebibytes "$started")" 'BEGIN {printf "| %s | %.1f | %s | %s |\n", label, elapsed / 1e9, cpu, memory}'
}

echo "Knot $(knotd -V | awk '{print $NF; exit}'), NSD $(nsd -v 2>&1 | awk '{print $NF; exit}'), PowerDNS $(pdns_server --version 2>&1 | sed -n 's/.*Server \([0-9.]*\).*/\1/p' | head -1); $names names × 3 addresses, $rounds rounds of $seconds s"
echo
echo "| server | s until the last name is answered | CPU s | MiB |"
echo "|---|---:|---:|---:|"
load Knot 5461 start_knot 5461
load NSD 5462 start_nsd 5462
load PowerDNS 5463 start_pdns 5463
load "ours, static" 5464 start_pinned "$bench" serve "$names" 5464 RoundRobin
load "ours, Geo + Weighted" 5465 start_pinned "$bench" serve "$names" 5465 GeoWeighted

measure() { # label mode seconds
  local before after output
  before=$(ticks "${pid[$1]}")
  output=$($prefer taskset -c 1 dnsperf -s 127.0.0.1 -p "${port[$1]}" -m "$2" -d "$work/queries" -l "$3" -c 4 2>/dev/null)
  after=$(ticks "${pid[$1]}")
  awk -v label="$1, $2" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
    /Queries completed:/ {done = $3} /Queries per second:/ {qps = $4} /Average Latency/ {latency = $4 * 1000000} /Queries lost:/ {lost = $3}
    END {printf "%s|%.0f|%.0f|%d|%.3f\n", label, qps, latency, lost, ticks / hz * 1000000 / done}' <<<"$output"
}

# Servers get warm (and compiled) before anything counts.
for server in "${servers[@]}"; do for mode in udp tcp; do measure "$server" $mode 6 >/dev/null; done; done
for mode in udp tcp; do
  for _ in $(seq "$rounds"); do
    for server in "${servers[@]}"; do measure "$server" $mode "$seconds" | tee -a "$work/rows" >&2; done
  done
done

echo
echo "| server | queries/s | latency µs | lost | server CPU µs/query | least to most | of Knot's |"
echo "|---|---:|---:|---:|---:|---|---:|"
# dnsperf matches TCP responses to queries wrongly when ids come around: its latencies there can exceed what the queries outstanding allow.
medians <"$work/rows" | awk -F'|' '
  /^Knot/ {knot = $5}
  {printf "| %s | %.0f | %s | %d | %.2f | %.2f to %.2f | %.2f |\n", $1, $2, $1 ~ /tcp$/ ? "-" : sprintf("%.0f", $3), $4, $5, $6, $7, $5 / knot}'
echo
echo "| server, after the queries | MiB |"
echo "|---|---:|"
for server in "${servers[@]}"; do echo "| $server | $(mebibytes "${pid[$server]}") |"; done
