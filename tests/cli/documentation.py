"""Runs the commands of the documentation that signet is to be given, and looks every other one up in its help.

Usage: documentation.py SIGNET CONFIGURATION DOCUMENT...     CONFIGURATION is that of a new server of signetd --dev.
"""
import json
import re
import shlex
import subprocess
import sys

signet, configuration, *documents = sys.argv[1:]


def run(*words):
    return subprocess.run([signet, "--config", configuration, *words], capture_output=True, text=True, check=False)


def commands_of(block):
    """The lines of a block of code that call signet, those that are continued put together."""
    lines = block.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.strip().startswith("signet ")]


def newest_key():
    listed = run("--format", "json", "list", "security/token-key")
    return json.loads(listed.stdout)["keys"][-1]["kid"]


def explain(document, words):
    """Looks up action, object and parameters; returns what help does not know. A word with an ellipsis stands for any."""
    names = [word.partition("=")[0] for word in words if word.startswith("--")]
    topic = [word for word in words[:2] if not word.startswith("-") and "…" not in word]
    if not topic or topic[0] in ("help", "completion", "__complete"):
        return []
    found = run("help", *topic)
    if found.returncode != 0:
        return [f"{document}: signet {' '.join(words)}: {found.stderr}"]
    text = run("help", "all").stdout if "…" in words else found.stdout
    return [f"{document}: {' '.join(topic)} has no {name}" for name in names if not re.search(re.escape(name) + r"(?![\w-])", text)]


failures = []
count = 0
for document in documents:
    with open(document, encoding="utf-8") as file:
        text = file.read()
    for block in re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.M | re.S):
        for words in commands_of(block):
            if "ID" in words:
                words[words.index("ID")] = newest_key()
            result = run(*words)
            count += 1
            if result.returncode != 0:
                failures.append(f"{document}: signet {' '.join(words)}: {result.stderr}")
    for command in re.findall(r"`signet ([^`]*)`", text):
        count += 1
        failures += explain(document, shlex.split(command.replace("\n", " ")))

print(f"{count} commands")
for failure in failures:
    print(failure)
sys.exit(1 if failures or count < 30 else 0)
