#!/usr/bin/env bash
# Zone updates while queries come in: queries at a steady pace, without updates, with some, and with as many as the server can take, in turn; each update
# changes one app and makes a zone version of its own. The server has core 0 for all its threads, dnsperf core 1.
#   bench/dns-updates.sh [NAMES] [SECONDS] [ROUNDS] [QUERIES PER SECOND]
set -euo pipefail
cd "$(dirname "$0")/.."
names=${1:-1000000} seconds=${2:-10} rounds=${3:-3} pace=${4:-10000}
. bench/dns-lib.sh
need dnsperf dig taskset
bench_begin

mkfifo "$work/commands"
$prefer taskset -c 0 "$bench" serve "$names" 5462 GeoWeighted <"$work/commands" >"$work/told" 2>&1 & pids+=($!); server=$!
exec 9>"$work/commands"
until_answered 5462
echo "$names names, queries at $pace/s, $rounds rounds of $seconds s; the server has $(mebibytes "$server") MiB"

updates() { tail -n 1 "$work/told" | awk '{print $1}'; }
ask_updates() { # how many there were so far
  local lines
  lines=$(wc -l <"$work/told")
  echo count >&9
  until [ "$(wc -l <"$work/told")" -gt "$lines" ]; do sleep 0.01; done
  updates
}

measure() { # label updates/s
  local before after updated
  echo "rate $2" >&9
  sleep 1
  updated=$(ask_updates)
  before=$(ticks "$server")
  $prefer taskset -c 1 dnsperf -s 127.0.0.1 -p 5462 -d "$work/queries" -l "$seconds" -c 4 -Q "$pace" -v >"$work/latencies" 2>&1
  after=$(ticks "$server")
  updated=$(($(ask_updates) - updated))
  echo "rate 0" >&9
  awk '/^> NOERROR/ {print $NF * 1000000}' "$work/latencies" | sort -n >"$work/sorted"
  awk -v label="$1" -v updates="$updated" -v seconds="$seconds" -v cpu="$(seconds_of $((after - before)))" -v lost="$(awk '/Queries lost:/ {print $3}' "$work/latencies")" '
    {value[NR] = $1}
    function at(share,   i) {i = int(share * NR); return value[i < 1 ? 1 : i]}
    END {printf "%s|%.0f|%.0f|%.0f|%.0f|%.0f|%.0f|%d|%.0f\n", label, updates / seconds, NR / seconds, at(0.5), at(0.99), at(0.999), value[NR], lost, 100 * cpu / seconds}' "$work/sorted"
}

measure warm-up 0 >/dev/null
measure warm-up 1000 >/dev/null
for _ in $(seq "$rounds"); do
  for rate in 0 100 1000 max; do measure "$rate" "$rate" | tee -a "$work/rows" >&2; done
done

echo
echo "| updates asked for, 1/s | done, 1/s | queries/s | p50 µs | p99 µs | p99.9 µs | max µs | lost | core 0, % |"
echo "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
medians <"$work/rows" | awk -F'|' '{printf "| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %d | %.0f |\n", $1, $2, $3, $4, $5, $6, $7, $8, $9}'
echo "the server has $(mebibytes "$server") MiB"
