"""Checks that alert rules, their tests and a dashboard use only metrics and labels that a server has.

Usage: used_metrics.py EXPOSITION ALERTS ALERTS_TEST DASHBOARD
"""

import json
import re
import sys

NAME = r"[a-zA-Z_]\w*"
# What Prometheus adds to every series.
TARGET_LABELS = {"job", "instance"}
# Words of PromQL that look like metrics.
OPERATORS = {"and", "or", "unless", "bool", "offset"}


def read_exposition(text):
    """Returns the labels of each series name, and the names of families."""
    series = {}
    for name, labels in re.findall(rf"^({NAME})(\{{.*\}})? \S+$", text, re.M):
        series.setdefault(name, set()).update(re.findall(rf'[{{,]({NAME})="', labels))
    return series, set(re.findall(rf"^# TYPE ({NAME}) ", text, re.M))


def read_expression(text):
    """Returns the metrics and the labels that a PromQL expression names."""
    labels = set()

    def take(pattern):
        def note(match):
            labels.update(re.findall(pattern, match[1]))
            return ""

        return note

    text = re.sub(r'"[^"]*"', '""', text)
    text = re.sub(r"\{([^}]*)\}", take(rf"({NAME})\s*(?:=|!)"), text)
    text = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)", take(NAME), text)
    text = re.sub(r"\[[^]]*\]", "", text)
    return set(re.findall(rf"\b({NAME})\b(?!\s*\()", text)) - OPERATORS, labels


def expressions(alerts, alerts_test, dashboard):
    """Yields each expression, and the labels that its legend shows."""
    for text, pattern in (alerts, r"^ +expr: '(.*)'$"), (alerts_test, r"^ +- series: '(.*)'$"):
        found = re.findall(pattern, text, re.M)
        assert len(found) > 10, f"too few lines match {pattern}"
        for expression in found:
            yield expression, set()
    targets = [target for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(targets) > 20, "the dashboard has too few queries"
    for target in targets:
        yield target["expr"], set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        expression, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        yield expression, {label}


def main():
    exposition, alerts, alerts_test, dashboard = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
    series, families = read_exposition(exposition)
    faults = []
    for expression, shown in expressions(alerts, alerts_test, json.loads(dashboard)):
        metrics, labels = read_expression(expression)
        if not metrics:
            faults.append(f"no metric in {expression}")
        faults += [f"no server has the metric {name}: {expression}" for name in metrics - set(series)]
        known = TARGET_LABELS.union(*(series.get(name, set()) for name in metrics))
        faults += [f"no metric has the label {label}: {expression}" for label in (labels | shown) - known]
    # What annotations tell people to look at.
    faults += [f"no server has the metric {name}" for name in re.findall(r"\bsignet_\w+", alerts) if name not in families | set(series)]
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main()
