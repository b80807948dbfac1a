"""Prints what each token passed, as Markdown. Usage: table.py FOLDER TOKEN…, where FOLDER has TOKEN.json as GoogleTest writes it.

Ends with a line such as "45 passed, 0 failed"; exits with 1 where a test failed, or a token has no results.
"""
import json
import os
import re
import sys

TITLES = {"nss": "NSS softokn", "opencryptoki": "opencryptoki", "tpm2": "tpm2-pkcs11", "own": "your token"}
WRAPPING = "EachAlgorithmIsKeptWrappedAndSignsOrIsRefused"
ALGORITHMS = "EachAlgorithmGeneratesAKeyAndSignsWhatOpenSslVerifies"


def read_tests(path):
    """Returns the tests by name, without the token's; none if the run did not come to its end."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        suites = json.load(file)["testsuites"]
    return {test["name"].split("/")[0]: test for suite in suites for test in suite["testsuite"]}


def sentence(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).capitalize()


def verdict(test):
    if test is None:
        return "did not end"
    return "**failed**" if "failures" in test else "passes"


def print_table(head, rows):
    for row in [head, ["---"] * len(head)] + rows:
        print("| " + " | ".join(row) + " |")


def main():
    folder, tokens = sys.argv[1], sys.argv[2:]
    results = {token: read_tests(os.path.join(folder, token + ".json")) for token in tokens}
    tests = list(dict.fromkeys(name for token in tokens for name in results[token]))
    algorithms = list(dict.fromkeys(key for token in tokens for key in results[token].get(ALGORITHMS, {}) if key.isupper()))
    titles = [TITLES[token] for token in tokens]

    print("# Tokens\n")
    print("What real tokens other than SoftHSM did in the suite of `hsm/testing/hsm_conformance.h`, with Debian's packages;")
    print("`tools/test-tokens --write` makes this page. SoftHSM passes all of it, with every algorithm, in `tools/test`;")
    print("Ed25519 alone it does not keep wrapped; SoftHSM 2.6.1 leaks 37 bytes with each signature of such a key, and 1.6 KiB with each")
    print("pair of keys that is destroyed.\n")
    print("What a token cannot do is refused as UNIMPLEMENTED, `HSM_UNSUPPORTED`, which the suite checks, too.\n")
    print_table(["algorithm"] + titles,
                [[name] + [results[token].get(ALGORITHMS, {}).get(name, "**failed**") for token in tokens] for name in algorithms])
    print()
    print_table(["protection"] + titles,
                [["WRAPPED"] + [results[token].get(WRAPPING, {}).get("WRAPPED", "**failed**") for token in tokens]])
    print()
    print_table(["test"] + titles,
                [[sentence(name)] + [verdict(results[token].get(name)) for token in tokens] for name in tests])
    verdicts = [verdict(results[token].get(name)) for token in tokens for name in tests]
    failed = sum(each != "passes" for each in verdicts) + sum(not results[token] for token in tokens)
    print(f"\n{len(verdicts) - sum(each != 'passes' for each in verdicts)} passed, {failed} failed")
    return 1 if failed or not tests else 0


sys.exit(main())
