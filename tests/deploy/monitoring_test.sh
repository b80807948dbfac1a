#!/usr/bin/env bash
# The alert rules are well formed and fire when they should; they and the dashboard use only metrics that the server has. (That the
# header documents exactly what is exposed is metrics_test's to check.)
# Usage: monitoring_test.sh METRICS_HEADER ALERTS ALERTS_TEST DASHBOARD
set -euo pipefail

header=$1 alerts=$2 alerts_test=$3 dashboard=$4
command -v promtool >/dev/null || { echo 'there is no promtool; run tools/setup test'; exit 1; }
promtool check rules "$alerts"
promtool test rules "$alerts_test"

known=$(sed -nE 's#^//   ([a-z_]+)(\{[^}]*\})? +(counter|gauge|histogram).*#\1#p' "$header")
# used EXPRESSIONS: the names of metrics in them, a histogram's without its suffix.
used() { grep -oE '\b(signet|process)_[a-z_]+' | sed -E 's/_(bucket|count|sum)$//' | sort -u; }
alert_names=$(sed -nE 's/^ +expr: //p' "$alerts" | used)
dashboard_names=$(python3 -c 'import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel.get("targets", []): print(target["expr"])' "$dashboard" | used)
[ "$(wc -l <<<"$dashboard_names")" -gt 20 ] && [ "$(wc -l <<<"$alert_names")" -gt 10 ]
for name in $alert_names $dashboard_names; do
  grep -qx "$name" <<<"$known" || { echo "no server has the metric $name"; exit 1; }
done
# Each alert says what to do, and is tested.
sed -nE 's/^ +- alert: //p' "$alerts" | while read -r alert; do
  grep -q "alertname: $alert\$" "$alerts_test" || { echo "$alert is not tested"; exit 1; }
done
[ "$(grep -c '^ *runbook: ".' "$alerts")" = "$(grep -c '^ *- alert: ' "$alerts")" ]
