#!/usr/bin/env python3
"""Measures Signet beside what it is built on, and says so as a table, as JSON, as an SVG picture and as BENCHMARKS.md.

Usage: bench.py BIN_FOLDER OUT_FOLDER [--keys N] [--tenants N] [--hot-keys N] [--only signing|jwks|idle|many | --write-docs]
(tools/bench runs it)

Each figure is measured beside its base in one run, in turns, and the medians count: the same program varies more between runs than
two programs differ in one. CPU is user and system time of the server process alone. A new figure is a Figure in what one of measure_… returns.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time


@dataclasses.dataclass
class Figure:
    """A measured value, what it may be at most, and what both are made of. The figure is met if value <= target."""
    name: str
    value: float
    target: float
    unit: str
    parts: dict

    @property
    def met(self):
        return self.value <= self.target


def ratio(name, cost, base, target, parts):
    return Figure(name, cost / base, target, "x", parts)


def cpu_seconds(pid):
    """User and system time of a process, of threads that have ended too: the ticks of /proc/PID/stat are too coarse for some 0.2 s."""
    # As clock_getcpuclockid(3) makes it, which Python has not.
    return time.clock_gettime((~pid << 3) | 2)


def memory_kib(pid):
    """What the process holds of memory that no file backs, and all that is resident."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1)) for name in ("RssAnon", "VmRSS")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process that lives as long as the block. `port` accepts when the block begins."""

    def __init__(self, arguments, port, log):
        self.arguments, self.port, self.log = [str(a) for a in arguments], port, log

    def __enter__(self):
        self.begin = time.monotonic()
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.DEVNULL, stderr=open(self.log, "ab"))
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() - self.begin > 120:
                    sys.exit(f"{self.arguments[0]} does not serve; see {self.log}")
                time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    @property
    def pid(self):
        return self.process.pid


def signetd(binaries, folder):
    http, grpc = free_port(), free_port()
    arguments = [binaries / "server/main/signetd", "--dev", "--data_dir", folder, "--grpc_address", f"127.0.0.1:{grpc}",
                 "--http_address", f"127.0.0.1:{http}"]
    return Server(arguments, http, folder.parent / "signetd.log")


def await_ready(server):
    """Waits for GET /readyz to say 200."""
    context, port = ssl._create_unverified_context(), server.port
    while True:
        if server.process.poll() is not None:
            sys.exit(f"{server.arguments[0]} ended; see {server.log}")
        try:
            with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 1)) as connection:
                connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.01)


def get_cost(server, path, count):
    """CPU microseconds of `server` for a GET on a kept TLS connection, 64 at a time."""
    before = cpu_seconds(server.pid)
    done = subprocess.run(["ab", "-q", "-k", "-c", "64", "-n", str(count), f"https://127.0.0.1:{server.port}{path}"],
                          capture_output=True, text=True, check=True).stdout
    if not re.search(rf"Complete requests:\s+{count}\b", done) or re.search(r"Non-2xx", done):
        sys.exit(f"GET {path} failed:\n{done}")
    return (cpu_seconds(server.pid) - before) * 1e6 / count


def measure_signing(binaries):
    output = subprocess.run([binaries / "tests/bench/sign_cost", binaries / "server/main/signetd"], stdout=subprocess.PIPE,
                            check=True).stdout
    figures = json.loads(output)
    cpu, ratios, half, echo = (figures[key] for key in ("cpu_us", "ratio", "half_load", "half_load_echo"))
    result = []
    for name, key, target in (("SignToken, 10 claims", "sign_token", 1.15), ("Sign, digest", "sign", 1.10)):
        parts = {"CPU us": cpu[key], "bare gRPC echo": cpu[f"echo_{key}"], "bare Cryptoki signature": cpu["cryptoki"]}
        result.append(Figure(name, ratios[key], target, "x", parts))
    for name, key in (("BatchSign, per signature", "batch_sign"), ("StreamSign, per signature", "stream_sign")):
        result.append(Figure(name, ratios[key], 1.05, "x", {"CPU us": cpu[key], "bare Cryptoki signature": cpu["cryptoki"]}))
    parts = half | {"of the bare gRPC echo": echo["p99_us"] / echo["median_us"], "its median, us": echo["median_us"]}
    result.append(ratio("SignToken at half load, p99 against median", half["p99_us"], half["median_us"], 3.0, parts))
    return result


def measure_jwks(binaries, work):
    folder = work / "jwks"
    with signetd(binaries, folder) as signet:
        await_ready(signet)
        path = "/t/system/.well-known/jwks.json"
        with ssl._create_unverified_context().wrap_socket(socket.create_connection(("127.0.0.1", signet.port))) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while part := connection.recv(65536):
                answer += part
        size = len(answer.partition(b"\r\n\r\n")[2])
        port = free_port()
        hello_arguments = [binaries / "tests/bench/hello_server", folder / "server.pem", folder / "server.key", port, size]
        with Server(hello_arguments, port, work / "hello.log") as hello:
            costs = {"signet": [], "hello": []}
            for _ in range(5):
                # The same request: a longer path takes longer to read.
                costs["hello"].append(get_cost(hello, path, 20000))
                costs["signet"].append(get_cost(signet, path, 20000))
    cost, base = (statistics.median(costs[side]) for side in ("signet", "hello"))
    return [ratio("GET jwks.json", cost, base, 1.10, {"CPU us": cost, "RESTinio's hello-world": base, "body bytes": size})]


def measure_idle(binaries, work, keys):
    folder = work / "idle"
    with signetd(binaries, folder) as signet:
        await_ready(signet)
        time.sleep(2)
        rest = memory_kib(signet.pid)
    subprocess.run([binaries / "tests/bench/fill_store", folder / "signet.db", str(keys // 2)], check=True)
    with signetd(binaries, folder) as signet:
        await_ready(signet)
        start = time.monotonic() - signet.begin
        time.sleep(2)
        full = memory_kib(signet.pid)
    return [
        Figure("Memory at rest", rest["VmRSS"] / 1024, 64, "MiB", {"resident, MiB": rest["VmRSS"] / 1024,
                                                                    "of it not of files": rest["RssAnon"] / 1024}),
        Figure("Memory per idle key", (full["VmRSS"] - rest["VmRSS"]) / keys, 1.5, "KiB",
               {"keys": keys, "tenants": keys // 2, "resident, MiB": full["VmRSS"] / 1024}),
        Figure(f"Start with {keys:,} keys", start, 10, "s", {"keys": keys}),
    ]


def measure_many(binaries, work, tenants, keys):
    folder = work / "many"
    folder.mkdir()
    command = [binaries / "tests/bench/many_tenants_cost", binaries / "server/main/signetd",
               binaries / "tests/bench/fill_wrapped_store", folder, str(tenants), str(keys)]
    figures = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    cpu, facts = figures["cpu_us"], figures["many"]
    many, one = cpu["sign_token_many"], cpu["sign_token_one"]
    bare_growth = cpu["cryptoki_many"] - cpu["cryptoki_one"]
    parts = {"CPU us": many, "with 1 tenant and 1 key": one,
             "bare Cryptoki signature among as many session objects": cpu["cryptoki_many"], "beside none": cpu["cryptoki_one"],
             "ratio of the bare signatures": cpu["cryptoki_many"] / cpu["cryptoki_one"],
             "ratio without what the bare signature grows by": (many - bare_growth) / one,
             "resident, MiB": facts["resident_mib"], "at most, MiB": facts["peak_mib"], "store, MiB": facts["store_mib"],
             "start, s": facts["start_s"], "until it has planned all rotations, s": facts["idle_s"],
             "first signature with each key, s": facts["first_signatures_s"], "filled in, s": facts["fill_s"]}
    return [ratio(f"SignToken, {tenants:,} tenants, {keys:,} WRAPPED keys", many, one, 1.15, parts)]


def machine():
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    release = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text())
    return {"cpu": cpu.group(1) if cpu else "unknown", "cores": os.cpu_count(), "kernel": os.uname().release,
            "system": release.group(1) if release else "unknown", "load_before": round(os.getloadavg()[0], 2),
            "date": time.strftime("%Y-%m-%d")}


def amount(value, unit):
    return f"{value:.2f}" if unit == "x" else f"{value:.1f} {unit}"


def describe(parts):
    def part(name, value):
        if not isinstance(value, float):
            return f"{name} {value:,}"
        return f"{name.replace('_us', ', us').replace('_', ' ')} {value:,.{2 if name.startswith('ratio') else 1}f}"
    return ", ".join(part(*each) for each in parts.items())


def table(figures):
    rows = [("Figure", "Measured", "Target", "", "Made of")]
    rows += [(f.name, amount(f.value, f.unit), amount(f.target, f.unit), "met" if f.met else "missed", describe(f.parts)) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) + "  " + row[4] for row in rows)


def svg(figures, about):
    """Bars from zero on one linear axis: measured / target, so that 1 is the target of each."""
    left, right, step = 380, 200, 34
    longest = max(1.0, *(f.value / f.target for f in figures))
    scale = (1000 - left - right) / longest
    height = 90 + step * len(figures)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 {height}" font-family="sans-serif" font-size="14">',
           f'<rect width="1000" height="{height}" fill="#fff"/>',
           '<text x="20" y="28" font-size="18" font-weight="bold">Signet: measured, as a share of the target</text>',
           f'<text x="20" y="48" fill="#555">{about["cpu"]}, {about["cores"]} cores, {about["system"]}, {about["date"]}; bars begin at 0, '
           'shorter is better</text>']
    for i, figure in enumerate(figures):
        y, width = 66 + i * step, figure.value / figure.target * scale
        name = figure.name.replace("&", "&amp;").replace("<", "&lt;")
        out += [f'<text x="{left - 10}" y="{y + 16}" text-anchor="end">{name}</text>',
                f'<rect x="{left}" y="{y}" width="{width:.1f}" height="22" fill="{"#2b7a4b" if figure.met else "#b3452c"}"/>',
                f'<text x="{left + width + 6:.1f}" y="{y + 16}">{amount(figure.value, figure.unit)} of {amount(figure.target, figure.unit)}</text>']
    end = 66 + step * len(figures)
    out += [f'<line x1="{left + scale:.1f}" y1="58" x2="{left + scale:.1f}" y2="{end}" stroke="#000" stroke-dasharray="4 3"/>',
            f'<text x="{left + scale:.1f}" y="{end + 16}" text-anchor="middle">target</text>', "</svg>"]
    return "\n".join(out) + "\n"


def benchmarks_md(figures, about):
    rows = "\n".join(f"| {f.name} | {amount(f.value, f.unit)} | {amount(f.target, f.unit)} | {'met' if f.met else '**missed**'} | {describe(f.parts)} |"
                     for f in figures)
    return f"""# Benchmarks

What `tools/bench` wrote on {about['date']}: {about['cpu']}, {about['cores']} cores, {about['system']}, kernel {about['kernel']}. The clients ran on the same machine; its
load before the run was {about['load_before']}.

![measured, as a share of the target](tests/bench/benchmarks.svg)

| Figure | Measured | Target | | Made of |
|---|---|---|---|---|
{rows}

Signing: ES256, SoftHSM, a token object, TLS, a bearer identity, 64 calls in flight; server CPU (user and system) per call over the sum of the bare
gRPC echo of the same size and of C_SignInit and C_Sign on one thread; 5 rounds of 20,000 calls, the sides in turns; the ratio is the median of
those of the rounds.
JWKS: TLS, 64 kept connections, against RESTinio's own hello-world with a body of the same size. Idle keys: two to a tenant, CURRENT and NEXT, in a
store that was filled directly. BatchSign: 64 digests a batch, 4 batches in flight; StreamSign: 64 a message, as fast as the server reads. Where the
rest of a missed figure goes: DECISIONS.md, "What a signature costs beside the HSM".
Many tenants: WRAPPED keys, one in the ring of each tenant that has any, all unwrapped and signed with before, drawn at random for each call; against
another signetd with one tenant and one WRAPPED key, otherwise as signing. The bare signatures are made by two more processes, with as many session
objects, drawn at random, and with one, which take their memory as signetd does. What of the ratio is the HSM's: DECISIONS.md, "What many tenants cost".
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--tenants", type=int, default=1_000_000)
    parser.add_argument("--hot-keys", type=int, default=100_000)
    parser.add_argument("--only", choices=["signing", "jwks", "idle", "many"])
    parser.add_argument("--write-docs", action="store_true", help="also BENCHMARKS.md and its picture, in the tree")
    options = parser.parse_args()
    if options.only and options.write_docs:
        parser.error("BENCHMARKS.md has all figures of one run: --write-docs and --only exclude each other")
    options.out.mkdir(parents=True, exist_ok=True)
    about, figures = machine(), []
    work = pathlib.Path(tempfile.mkdtemp(prefix="signet-bench-", dir="/dev/shm"))
    try:
        if options.only in (None, "signing"):
            figures += measure_signing(options.binaries)
        if options.only in (None, "jwks"):
            figures += measure_jwks(options.binaries, work)
        if options.only in (None, "idle"):
            figures += measure_idle(options.binaries, work, options.keys)
        if options.only in (None, "many"):
            figures += measure_many(options.binaries, work, options.tenants, options.hot_keys)
    finally:
        shutil.rmtree(work)
    print(table(figures))
    document = {"machine": about, "figures": [{**dataclasses.asdict(f), "met": f.met} for f in figures]}
    (options.out / "benchmarks.json").write_text(json.dumps(document, indent=1) + "\n")
    (options.out / "benchmarks.svg").write_text(svg(figures, about))
    if options.write_docs:
        root = pathlib.Path(__file__).resolve().parents[2]
        (root / "BENCHMARKS.md").write_text(benchmarks_md(figures, about))
        (root / "tests/bench/benchmarks.svg").write_text(svg(figures, about))
        (root / "tests/bench/benchmarks.json").write_text(json.dumps(document, indent=1) + "\n")


main()
