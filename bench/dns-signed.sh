#!/usr/bin/env bash
# What signing costs: one of our servers with a signed zone, asked without and with the DO bit, beside Knot DNS that signs on line, too. One core each; dnsperf has the other.
# dnsperf saturates its own core first, so the figure to compare is the server's CPU time per query.
#   bench/dns-signed.sh [NAMES] [SECONDS] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
names=${1:-1000} seconds=${2:-10} rounds=${3:-3}
. bench/dns-lib.sh
need knotd dnsperf dig taskset ldns-keygen
bench_begin

for i in $(seq 1000000); do echo "n$i.fed.test A"; done >"$work/missing"
mkdir "$work/keys"
(cd "$work/keys" && ldns-keygen -a ECDSAP256SHA256 -k fed.test >/dev/null)
start_knot 5461 "module: mod-onlinesign"
knot=$started
start_pinned "$bench" serve "$names" 5462 RoundRobin "$work/keys"
ours=$started
until_answered 5461 +dnssec
until_answered 5462 +dnssec

measure() { # label pid port queries options…
  local before after output
  before=$(ticks "$2")
  output=$($prefer taskset -c 1 dnsperf -s 127.0.0.1 -p "$3" -d "$work/$4" -l "$seconds" -c 4 "${@:5}" 2>/dev/null)
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
