#!/usr/bin/env bash
# A whole zone given to another server (AXFR), ours beside Knot with the same records, while queries come in: one core for the servers, the other for dig and dnsperf.
# dig takes longer to read a zone than a server to write it: the figures to compare are the server's CPU time, its memory, and what queries see meanwhile.
#   bench/dns-transfers.sh [APPS] [TIMES]
set -euo pipefail
cd "$(dirname "$0")/.."
names=${1:-100000} times=${2:-3}
. bench/dns-lib.sh
need knotd dnsperf dig taskset
bench_begin
start_pinned "$bench" transfers "$names" 5471 RoundRobin </dev/null
ours=$started
until_answered 5471
transfer() { $prefer taskset -c 1 dig @127.0.0.1 -p "$1" fed.test AXFR +onesoa +time=60 "${@:2}"; }
transfer 5471 +noall +answer >"$work/fed.test.zone"
start_knot 5472 "acl: open" $'acl:\n  - id: open\n    address: 127.0.0.1\n    action: transfer'
knot=$started
until_answered 5472

peak() { awk '/VmHWM/ {printf "%.0f", $2 / 1024}' "/proc/$1/status"; }
query() { # port seconds: average and longest latency in ms, lost
  $prefer taskset -c 1 dnsperf -s 127.0.0.1 -p "$1" -d "$work/queries" -l "$2" -Q 500 -c 1 2>/dev/null | awk '
    /Queries lost:/ {lost = $3} /Average Latency/ {average = $4 * 1000; longest = $8 * 1000} END {printf "%.2f|%.1f|%d\n", average, longest, lost}'
}
measure() { # label pid port
  local before after from elapsed size
  query "$3" 3 >/dev/null
  IFS='|' read -r calm _ _ < <(query "$3" 5)
  for _ in $(seq "$times"); do
    echo 5 >"/proc/$2/clear_refs" # the peak of memory begins anew
    memory=$(mebibytes "$2") before=$(ticks "$2") from=$(date +%s%N)
    query "$3" 8 >"$work/queried" & local queries=$!
    size=$(transfer "$3" +noall +answer +stats | sed -n 's/.*XFR size: //p')
    elapsed=$(($(date +%s%N) - from)) after=$(ticks "$2")
    wait "$queries"
    IFS='|' read -r average longest lost <"$work/queried"
    awk -v label="$1" -v size="$size" -v elapsed="$elapsed" -v cpu="$(seconds_of $((after - before)))" -v memory="$memory" -v peak="$(peak "$2")" -v calm="$calm" -v average="$average" -v longest="$longest" -v lost="$lost" \
      'BEGIN {printf "| %s | %s | %.1f | %s | %s | %s | %s | %s | %s | %d |\n", label, size, elapsed / 1e9, cpu, memory, peak, calm, average, longest, lost}'
  done
}

echo "$names apps in three regions, RoundRobin; 500 queries a second meanwhile"
echo
echo "| server | what dig got | s | server CPU s | MiB before | MiB at most | ms per query, calm | during | at most | lost |"
echo "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
measure Knot "$knot" 5472
measure ours "$ours" 5471
