"""wrk as a function: a request goes in; a rate, two waits and the errors come out."""

import json
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

# In a body it stands for a number that no other request has: no two texts are the same.
NUMBER = "NUMBERNUMBER"
LAST_NUMBER = 10**12
# Longer than any answer takes that is worth a figure.
TIMEOUT_SECONDS = 60
# A line of its own, as wrk's words are for people. Times are in microseconds.
DONE = """
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("counted %d %d %d %d %d %d %d %d %d %d\\n",
    summary.requests, summary.duration, summary.bytes,
    e.connect, e.read, e.write, e.status, e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""
READ = """
local file = assert(io.open({path}, "rb"))
local read = file:read("*a")
file:close()
"""
NUMBERED = """
local before, after = read:match("^(.-){mark}(.*)$")
local number = {first}
function request()
  number = number + 1
  return wrk.format(nil, nil, nil, before .. string.format("%012.0f", number) .. after)
end
"""
IN_TURN = """
local paths = {{}}
for path in read:gmatch("[^\\n]+") do paths[#paths + 1] = path end
local at = {first}
function request()
  at = at % #paths + 1
  return wrk.format(nil, paths[at])
end
"""


@dataclass(frozen=True)
class Request:
    """What is asked, and the status of a good answer.

    A NUMBER in the body differs in each request. With `paths` they are asked in turn,
    instead of `path`.
    """

    method: str = "GET"
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    status: int = 200
    paths: tuple[str, ...] = ()

    def numbered(self) -> bytes:
        """Return a body to send once."""
        number = f"{random.randrange(LAST_NUMBER):012}"
        return self.body.replace(NUMBER, number).encode()


@dataclass(frozen=True)
class Measured:
    """Answers without an error; seconds; bytes read; waits in milliseconds."""

    answers: int
    seconds: float
    bytes: int
    p50: float
    p99: float
    errors: dict[str, int]

    @property
    def rate(self) -> float:
        return self.answers / self.seconds


def script(request: Request, folder: Path) -> str:
    """Return the Lua for wrk, with its long parts in files of the folder."""
    lines = [f"wrk.method = {json.dumps(request.method)}"]
    for name, value in request.headers.items():
        lines.append(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}")
    text = "\n".join(request.paths) or request.body
    if text:
        file = folder / "wrk.data"
        file.write_text(text)
        lines.append(READ.format(path=json.dumps(str(file))))
    if request.paths:
        first = random.randrange(len(request.paths))
        lines.append(IN_TURN.format(first=first))
    elif NUMBER in request.body:
        first = random.randrange(LAST_NUMBER - 10**8)
        lines.append(NUMBERED.format(mark=NUMBER, first=first))
    elif request.body:
        lines.append("wrk.body = read")
    return "\n".join([*lines, DONE])


def parse(output: str) -> Measured:
    """Return what the line says that DONE writes; ValueError without such a line."""
    for line in output.splitlines():
        name, *numbers = line.split() or [""]
        if name == "counted":
            count, duration, read, *errors, p50, p99 = map(int, numbers)
            names = ("connect", "read", "write", "status", "timeout")
            found = {name: n for name, n in zip(names, errors, strict=True) if n}
            answers = count - found.get("status", 0)
            return Measured(answers, duration / 1e6, read, p50 / 1e3, p99 / 1e3, found)
    raise ValueError(f"wrk said nothing to count:\n{output}")


def load(
    url: str, request: Request, connections: int, seconds: float, folder: Path
) -> Measured:
    """Ask for so many seconds by so many connections, each for one after the other.

    `url` is a scheme, an address and a port; the folder takes the script.
    """
    file = folder / "wrk.lua"
    file.write_text(script(request, folder))
    # wrk knows whole seconds only.
    words = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    words += ["--timeout", f"{TIMEOUT_SECONDS}s", "-s", str(file)]
    path = "/" if request.paths else request.path
    said = subprocess.run([*words, url + path], capture_output=True, text=True)
    if said.returncode:
        sys.exit(f"wrk ended with {said.returncode}:\n{said.stdout}{said.stderr}")
    return parse(said.stdout)


def check_installed() -> None:
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: `make bench` installs it, or apt install wrk.")
