#!/usr/bin/env bash
# The metrics are named as Prometheus has it. The alert rules are well formed and fire when they should; they and the dashboard use
# only metrics and labels that a server has.
# Usage: monitoring_test.sh EXPOSITION USED_METRICS ALERTS ALERTS_TEST DASHBOARD   EXPOSITION writes what a server exposes
set -euo pipefail

exposition=$1 used_metrics=$2 alerts=$3 alerts_test=$4 dashboard=$5
command -v promtool >/dev/null || { echo 'there is no promtool; run tools/setup test'; exit 1; }
promtool check rules "$alerts"
promtool test rules "$alerts_test"

exposed=$TEST_TMPDIR/exposed
"$exposition" >"$exposed"
promtool check metrics <"$exposed"
python3 "$used_metrics" "$exposed" "$alerts" "$alerts_test" "$dashboard"
# Each alert says what to do, and is tested.
sed -nE 's/^ +- alert: //p' "$alerts" | while read -r alert; do
  grep -q "alertname: $alert\$" "$alerts_test" || { echo "$alert is not tested"; exit 1; }
done
[ "$(grep -c '^ *runbook: ".' "$alerts")" = "$(grep -c '^ *- alert: ' "$alerts")" ]
