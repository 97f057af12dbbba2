"""How each door tells that the database or the disk has failed: what to send and find."""

import http.client
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

SLUG = "1" * 12
TYPED = "what somebody typed for an hour"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def cookie(self, name: str) -> str:
        found = re.search(rf"{name}=([^;]*)", self.headers.get("Set-Cookie", ""))
        return found[1] if found else ""


def ask(
    url: str,
    path: str,
    *,
    method: str = "GET",
    body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
    seconds: float = 30,
) -> Answer:
    """Send one request by a connection of its own."""
    link = http.client.HTTPConnection(urlsplit(url).netloc, timeout=seconds)
    try:
        link.request(method, path, body=body, headers=headers or {})
        response = link.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        link.close()


@dataclass(frozen=True)
class Door:
    """One request, and whether its answer is in the door's own form."""

    name: str
    path: str
    is_told: Callable[[Answer], bool]
    method: str = "POST"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, url: str, **headers: str) -> Answer:
        return ask(
            url,
            self.path,
            method=self.method,
            body=self.body or None,
            headers=self.headers | headers,
        )


def is_page(answer: Answer) -> bool:
    return answer.text.count("<h1") == 1 and "<title>" in answer.text


def is_line(answer: Answer) -> bool:
    kind = answer.headers["Content-Type"]
    return kind.startswith("text/plain") and "\n" not in answer.text.removesuffix("\n")


def is_problem(answer: Answer) -> bool:
    told = json.loads(answer.body)
    kind = answer.headers["Content-Type"]
    return kind == "application/problem+json" and told["status"] == answer.status


def has_message(answer: Answer) -> bool:
    return list(json.loads(answer.body)) == ["message"]


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}

WRITING = [
    Door("terminal", "/", is_line, body="x", headers=TEXT),
    Door("upload", "/name.txt", is_line, "PUT", "x"),
    Door("API", "/api/v1/pastes", is_problem, body='{"text": "x"}', headers=JSON),
    Door("wastebin", "/", has_message, body='{"text": "x"}', headers=JSON),
    Door("haste", "/documents", has_message, body="x", headers=TEXT),
    Door("sprunge", "/", is_line, body=urlencode({"sprunge": "x"}), headers=FORM),
    Door("dpaste", "/api/", is_line, body=urlencode({"content": "x"}), headers=FORM),
]
READING = [
    Door("page", f"/{SLUG}", is_page, "GET"),
    Door("raw", f"/{SLUG}/raw", is_line, "GET"),
    Door("one reading", f"/{SLUG}/raw", is_line),
    Door("API's reading", f"/api/v1/pastes/{SLUG}", is_problem, "GET"),
    Door("haste's reading", f"/documents/{SLUG}", has_message, "GET"),
    Door("wastebin's reading", f"/dl/{SLUG}", has_message, "GET"),
    Door("0x0's deleting", f"/{SLUG}", is_line, "DELETE"),
    Door(
        "admin", "/admin/", is_page, "GET", headers={"Cookie": f"sessionid={'s' * 32}"}
    ),
]


def form_sent(url: str, path: str, **fields: str) -> Answer:
    """Send a page's form as a browser does, with its token."""
    token = "t" * 32
    body = urlencode({"csrfmiddlewaretoken": token} | fields)
    headers = FORM | {"Cookie": f"csrftoken={token}"}
    return ask(url, path, method="POST", body=body, headers=headers)


def untold(url: str, doors: list[Door], status: int) -> Iterator[str]:
    """Ask at all doors at once; give what is not answered so, in the door's own form."""
    with ThreadPoolExecutor(len(doors)) as pool:
        answers = list(pool.map(lambda door: door.ask(url), doors))
    for door, answer in zip(doors, answers, strict=True):
        waits = answer.headers.get("Retry-After")
        if (
            answer.status != status
            or (waits == "5") != (status == 503)
            or not door.is_told(answer)
        ):
            yield f"{door.name}: {answer.status} {waits} {answer.text[:300]}"
