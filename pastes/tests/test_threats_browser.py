"""Attacks that only a browser can carry out, in Chromium; also with the policy off."""

import contextlib
import http.server
import json
import threading
import urllib.parse
import urllib.request

import pytest

pytestmark = pytest.mark.browser

RUN = "window.owned=1"
TAGS = (
    "<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "<body onload={}>",
    "<iframe srcdoc='<script>parent.owned=1</script>'></iframe>", "<video><source onerror={}></video>",
    "<details open ontoggle={}>", "<input autofocus onfocus={}>", "<marquee onstart={}>",
    "<a href=javascript:{}>x</a>", "<object data=javascript:{}></object>", "<embed src=javascript:{}>",
    "<math><mi xlink:href=javascript:{}>x</mi></math>", "<style onload={}></style>",
    "<link rel=stylesheet href=x onerror={}>", "<form action=javascript:{}><button>x</button></form>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>", "<base href=//evil.example/>",
    "<svg><script href=data:,{}></script></svg>", "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={}>'>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>", "<template><script>{}</script></template>",
    "[x](javascript:{})", "![x](javascript:{})", "<javascript:{}>", "[x]: javascript:{}\n[x]",
    "[x](data:text/html,<script>{}</script>)", "`<img src=x onerror={}>`", "{{{{7*7}}}}{}",
)  # fmt: skip
BREAKOUTS = (
    "", '">', "'>", "</textarea>", "</title>", "</pre></code>", "-->", "]]>", "</script>", "\x00<b>",
    "</style>",
)  # fmt: skip
CORPUS = [start + tag.format(RUN) for start in BREAKOUTS for tag in TAGS]
LANGUAGES = ("text", "markdown", "html", "csv", "diff", "javascript", "python")
# What a page could only have from a text: none of it is of the site's own making.
FOREIGN = """() => [...document.querySelectorAll("*")].filter(each =>
    [...each.attributes].some(a => a.name.startsWith("on") || a.name === "style"
        || /^\\s*(javascript|data:text)/i.test(a.value) && a.name !== "value" && a.name !== "content")
    || each.matches("iframe, object, embed, marquee, base, math, template, video, form[action^='javascript']")
    || each.matches("script:not([src]), script[src]:not([src^='/static/'])")
    || each.matches("meta[http-equiv=refresh]")
).map(each => each.outerHTML.slice(0, 200))"""


def send(site, text, **options):
    """Store a text by the terminal's door; return its path."""
    query = urllib.parse.urlencode(options)
    request = urllib.request.Request(
        f"{site.url}/?{query}", text.encode(), {"Content-Type": "text/plain"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return urllib.parse.urlsplit(answer.read().decode().strip()).path


@pytest.mark.threat("X1", "X3")
@pytest.mark.parametrize("has_policy", [True, False], ids=["policy", "no policy"])
def test_no_payload_runs_in_any_way_to_show_it(open_page, site, has_policy):
    """The policy is the net, not the floor: without it there is nothing to catch."""
    assert len(CORPUS) >= 300
    page = open_page(bypass_csp=not has_policy)
    text = "\n\n".join(CORPUS)
    base = send(site, "a,b\n1,2\n", syntax="csv")
    paths = ["/" + "</script><img src=x onerror=window.owned=1>"]
    for number, syntax in enumerate(LANGUAGES):
        title = CORPUS[number * 7].replace("\n", " ").replace("\x00", "")[:200]
        path = send(site, text, syntax=syntax, title=title)
        paths += [path]
        if syntax in ("text", "markdown", "csv"):
            paths += [f"{path}?view={view}" for view in ("prose", "table", "terminal")]
    paths += [f"{path}/fork", f"{path}/edit", f"{path}/report", f"{base}/diff{path}"]
    for path in paths:
        page.goto(path)
        assert page.evaluate("window.owned") is None, path
        assert page.evaluate(FOREIGN) == [], path


@contextlib.contextmanager
def listening(kind, body, headers=()):
    """Serve one body at another origin; yield its address and the headers it was sent."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            self.send_response(200)
            if kind:
                self.send_header("Content-Type", kind)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


PAGE = "<html><body><script>window.owned=1;document.title='owned'</script>hello"
DRAWING = (
    "<svg xmlns='http://www.w3.org/2000/svg'><script>window.owned=1</script></svg>"
)


@pytest.mark.threat("X4")
@pytest.mark.parametrize("text", [PAGE, DRAWING], ids=["html", "svg"])
def test_raw_text_is_no_document(chromium, site, text):
    """The same bytes run where a server names their type, and here they do not."""
    kind = "text/html" if text == PAGE else "image/svg+xml"
    path = send(site, text)
    context = chromium.new_context()
    try:
        page = context.new_page()
        with listening(kind, text.encode()) as (url, _):
            page.goto(url)
            assert page.evaluate("window.owned") == 1
        for raw in (f"{path}/raw", f"/raw{path}", f"/raw{path}.html", f"{path}/raw/"):
            answer = page.goto(f"{site.url}{raw}")
            assert answer.headers["content-type"] == "text/plain; charset=utf-8", raw
            assert page.evaluate("window.owned") is None, raw
            assert page.evaluate("document.querySelector('script, svg')") is None, raw
            assert page.evaluate("origin") == "null", raw
    finally:
        context.close()


@pytest.mark.threat("W7", "W6")
def test_a_link_to_elsewhere_tells_nothing_of_the_paste(chromium, site):
    context = chromium.new_context()
    try:
        page = context.new_page()
        with listening("text/html", b"<title>elsewhere</title>") as (url, seen):
            path = send(site, f"[away]({url}/x)", syntax="markdown")
            page.goto(f"{site.url}{path}")
            with context.expect_event("requestfinished", lambda r: url in r.url):
                page.click("text=away")
            assert seen
            assert all("Referer" not in headers for headers in seen)
            opened = [each for each in context.pages if url in each.url]
            assert [each.evaluate("window.opener") for each in opened] == [None]
    finally:
        context.close()


@pytest.mark.threat("W1", "W6")
def test_page_of_another_site_frames_and_sends_nothing(chromium, site):
    path = send(site, "canary")
    forms = "".join(
        f"<form method=post target=f{n} action='{site.url}{path}/{act}'><input name=reason "
        f"value=spam></form><iframe name=f{n}></iframe>"
        for n, act in enumerate(("delete", "report", "burn", "lock"))
    )
    body = (
        f"<iframe src='{site.url}{path}' name=framed></iframe>{forms}<script>"
        "for (const form of document.forms) form.submit()</script>"
    )
    context = chromium.new_context()
    try:
        page = context.new_page()
        with listening("text/html", body.encode()) as (url, _):
            page.goto(url, wait_until="networkidle")
            framed = [frame for frame in page.frames if frame.name == "framed"]
            assert "canary" not in framed[0].content()
            reading = f"fetch({json.dumps(site.url + path)}).then(() => 1, () => 0)"
            assert page.evaluate(reading) == 0
        with urllib.request.urlopen(f"{site.url}{path}/raw", timeout=30) as answer:
            assert answer.read() == b"canary"
    finally:
        context.close()
