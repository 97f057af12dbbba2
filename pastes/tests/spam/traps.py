"""Honest texts that look like spam to a program that counts links.

TUNED were at hand while the signs were made; UNSEEN were not looked at until the end:
3 of 300 were held then, apt's lists of sources whose five lines end in the same words.
Since then a phrase that comes again has to stand in sentences.
"""

import json
import random
from collections.abc import Callable

Make = Callable[[random.Random], str]

NAMES = [
    "parser",
    "router",
    "cache",
    "queue",
    "ledger",
    "garden",
    "weather",
    "atlas",
    "kettle",
    "lantern",
    "harbor",
    "meadow",
    "pixel",
    "quartz",
    "ribbon",
    "saddle",
    "timber",
    "umbra",
    "vector",
    "walnut",
    "yarrow",
    "zephyr",
    "anchor",
    "basalt",
]
NOUNS = [
    "library",
    "tool",
    "server",
    "client",
    "editor",
    "terminal",
    "database",
    "compiler",
    "framework",
    "plugin",
    "bot",
    "viewer",
    "scanner",
    "shell",
    "wrapper",
    "linter",
    "profiler",
    "scheduler",
    "tracker",
    "converter",
]
VERBS = [
    "reads",
    "writes",
    "parses",
    "renders",
    "checks",
    "sorts",
    "merges",
    "streams",
    "watches",
    "deploys",
    "indexes",
    "signs",
]
TLDS = ["com", "org", "net", "io", "dev", "example"]
AGENTS = [
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "curl/8.5.0",
]


def host(r: random.Random) -> str:
    return (
        f"{r.choice(NAMES)}{r.choice(['', '-', 's'])}{r.choice(NAMES)}.{r.choice(TLDS)}"
    )


def path(r: random.Random) -> str:
    return "/".join(r.choice(NAMES) for _ in range(r.randint(1, 3)))


def url(r: random.Random) -> str:
    return f"https://{host(r)}/{path(r)}"


def address(r: random.Random) -> str:
    return ".".join(str(r.randrange(1, 255)) for _ in range(4))


def stamp(r: random.Random) -> str:
    return f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02}T{r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}Z"


def digest(r: random.Random, length: int = 64) -> str:
    return "".join(r.choice("0123456789abcdef") for _ in range(length))


def version(r: random.Random) -> str:
    return f"{r.randint(0, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}"


def sentence(r: random.Random) -> str:
    return (
        f"A {r.choice(['small', 'fast', 'simple', 'modern', 'portable'])} "
        f"{r.choice(NOUNS)} that {r.choice(VERBS)} {r.choice(NAMES)} "
        f"{r.choice(['files', 'streams', 'logs', 'graphs', 'feeds'])}"
        f" {r.choice(['in Rust', 'in Go', 'for Python', 'with plugins', 'on the web'])}."
    )


def lines(r: random.Random, make: Make, least: int = 10, most: int = 200) -> str:
    return "\n".join(make(r) for _ in range(r.randint(least, most))) + "\n"


def nginx_log(r: random.Random) -> str:
    site = host(r)
    return lines(
        r,
        lambda r: (
            f"{address(r)} - - [27/Nov/2026:10:{r.randint(10, 59)}:12 +0000] "
            f'"GET /{path(r)} HTTP/1.1" {r.choice([200, 301, 404])} {r.randint(100, 90000)} '
            f'"https://{site}/{path(r)}" "{r.choice(AGENTS)}"'
        ),
    )


def server_log(r: random.Random) -> str:
    site = url(r)
    return lines(
        r,
        lambda r: (
            f"{stamp(r)} {r.choice(['INFO', 'WARN', 'ERROR'])} {r.choice(NAMES)}: "
            f"{r.choice(['fetched', 'could not fetch', 'redirected to'])} {site}/{path(r)} "
            f"in {r.randint(3, 900)} ms"
        ),
    )


def plain_log(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f"Starting {r.choice(NAMES)} {r.choice(NOUNS)} and connecting to "
            f"{url(r)} now ... {r.choice(['done', 'failed'])}"
        ),
    )


def awesome_list(r: random.Random) -> str:
    topics = []
    for _ in range(r.randint(2, 8)):
        entries = lines(
            r,
            lambda r: (
                f"- [{r.choice(NAMES)}-{r.choice(NOUNS)}]({url(r)}) - {sentence(r)}"
            ),
            4,
            20,
        )
        topics.append(f"## {r.choice(NOUNS).title()}s\n\n{entries}")
    head = f"# Awesome {r.choice(NAMES).title()}\n\nA list of the best {r.choice(NOUNS)}s.\n\n"
    return head + "\n".join(topics)


def bare_awesome_list(r: random.Random) -> str:
    return lines(r, lambda r: f"* [{r.choice(NAMES).title()}]({url(r)})")


def sitemap(r: random.Random) -> str:
    site = host(r)
    entries = lines(
        r,
        lambda r: (
            f"<url><loc>https://{site}/{path(r)}</loc><lastmod>{stamp(r)}</lastmod></url>"
        ),
    )
    return f'<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'


def package_lock(r: random.Random) -> str:
    packages = {
        f"node_modules/{(name := r.choice(NAMES) + '-' + r.choice(NOUNS))}": {
            "version": version(r),
            "resolved": f"https://registry.npmjs.org/{name}/-/{name}-{version(r)}.tgz",
            "integrity": f"sha512-{digest(r, 86)}==",
            "funding": {"url": f"https://github.com/sponsors/{r.choice(NAMES)}"},
        }
        for _ in range(r.randint(10, 150))
    }
    return json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2)


def cargo_lock(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f'[[package]]\nname = "{r.choice(NAMES)}"\nversion = "{version(r)}"\n'
            'source = "registry+https://github.com/rust-lang/crates.io-index"\n'
            f'checksum = "{digest(r)}"\n'
        ),
    )


def poetry_lock(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f'[[package]]\nname = "{r.choice(NAMES)}"\nversion = "{version(r)}"\n'
            f'description = "{sentence(r)}"\noptional = false\nfiles = [\n'
            f'    {{file = "{r.choice(NAMES)}.whl", hash = "sha256:{digest(r)}"}},\n]\n'
            f'[package.source]\nurl = "https://pypi.org/simple/{r.choice(NAMES)}"\n'
        ),
    )


def html_page(r: random.Random) -> str:
    links = lines(
        r,
        lambda r: (
            f'<li><a href="{url(r)}">{r.choice(NAMES).title()} {r.choice(NOUNS)}</a></li>'
        ),
        5,
        80,
    )
    return (
        f"<!doctype html>\n<html><head><title>{host(r)}</title></head><body>\n"
        f"<p>{sentence(r)} {sentence(r)}</p>\n<ul>\n{links}</ul></body></html>\n"
    )


def csv_of_urls(r: random.Random) -> str:
    rows = lines(
        r, lambda r: f"{r.randint(1, 9999)},{url(r)},{r.choice(NAMES)},{stamp(r)}"
    )
    return f"id,url,name,seen\n{rows}"


def bare_urls(r: random.Random) -> str:
    return lines(r, url)


def one_sites_urls(r: random.Random) -> str:
    site = host(r)
    return lines(r, lambda r: f"https://{site}/{path(r)}")


def requirements(r: random.Random) -> str:
    return lines(
        r,
        lambda r: r.choice(
            [
                f"{r.choice(NAMES)}=={version(r)}  # https://pypi.org/project/{r.choice(NAMES)}/",
                f"{r.choice(NAMES)} @ git+https://github.com/{r.choice(NAMES)}/{r.choice(NAMES)}@{digest(r, 40)}",
                f"{r.choice(NAMES)}>={version(r)}",
            ]
        ),
        5,
        60,
    )


def ci_log(r: random.Random) -> str:
    return lines(
        r,
        lambda r: r.choice(
            [
                f"{stamp(r)} ##[group]Run actions/checkout@v4",
                f"{stamp(r)} Downloading https://files.pythonhosted.org/packages/{digest(r, 20)}/{r.choice(NAMES)}-{version(r)}.whl (12 kB)",
                f"{stamp(r)} Get:{r.randint(1, 90)} http://archive.ubuntu.com/ubuntu noble/main amd64 {r.choice(NAMES)} amd64 {version(r)} [{r.randint(1, 900)} kB]",
                f"{stamp(r)} npm warn deprecated {r.choice(NAMES)}@{version(r)}: please see https://github.com/{r.choice(NAMES)}/issues/{r.randint(1, 900)}",
                f"{stamp(r)} ok {r.randint(1, 900)} tests passed",
            ]
        ),
    )


def stack_trace(r: random.Random) -> str:
    frames = lines(
        r,
        lambda r: (
            f"    at {r.choice(NAMES)}.{r.choice(VERBS)} (https://{host(r)}/assets/{r.choice(NAMES)}.js:{r.randint(1, 900)}:{r.randint(1, 90)})"
        ),
        5,
        40,
    )
    return f"TypeError: Cannot read properties of undefined\n{frames}See {url(r)} for help.\n"


def nginx_config(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f"server {{\n    server_name {host(r)};\n    # see {url(r)}\n"
            f"    location /{r.choice(NAMES)} {{ proxy_pass http://{address(r)}:8000; }}\n}}"
        ),
        2,
        30,
    )


def bookmarks(r: random.Random) -> str:
    entries = lines(
        r,
        lambda r: (
            f'    <DT><A HREF="{url(r)}" ADD_DATE="{r.randint(10**9, 2 * 10**9)}">{r.choice(NAMES).title()} {r.choice(NOUNS)}</A>'
        ),
    )
    return f"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n{entries}</DL><p>\n"


def readme(r: random.Random) -> str:
    name = r.choice(NAMES).title()
    badges = lines(r, lambda r: f"[![build]({url(r)}.svg)]({url(r)})", 1, 5)
    return (
        f"# {name}\n\n{badges}\n{sentence(r)} {sentence(r)}\n\n## Install\n\n    pip install {name.lower()}\n\n"
        f"See the [documentation]({url(r)}) and the [changelog]({url(r)}). "
        f"Questions: join our chat at {url(r)} or write to team@{host(r)}.\n\n"
        + "\n".join(sentence(r) for _ in range(r.randint(3, 20)))
    )


def mail_question(r: random.Random) -> str:
    return (
        f"Hi {r.choice(NAMES)},\n\nI looked at the {r.choice(NOUNS)} again and I think the price of the new "
        f"server is too high. The best offer that I found is at {url(r)}, and delivery would take a week. "
        f"Could you call them today? Their service was good last time.\n\n"
        f"Also see {url(r)} for the traffic of our site.\n\nBest,\n{r.choice(NAMES).title()}\n"
    )


def casino_code(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f"class {r.choice(NAMES).title()}Casino:\n    # rules: {url(r)}\n"
            f"    def play_{r.choice(['slots', 'poker', 'roulette', 'blackjack'])}(self, bet: int) -> int:\n"
            f"        bonus = self.jackpot * {r.randint(1, 9)}\n        return bonus if self.win(bet) else -bet\n"
        ),
        1,
        10,
    )


def hosts_blocklist(r: random.Random) -> str:
    trades = ["casino", "viagra", "escort", "poker", "loan", "pills"]
    entries = lines(
        r,
        lambda r: (
            f"0.0.0.0 {r.choice(['best', 'online', 'cheap', 'buy'])}-{r.choice(trades)}-{r.choice(NAMES)}.{r.choice(TLDS)}"
        ),
    )
    return f"# Source: {url(r)}\n# Report mistakes to {url(r)}\n{entries}"


def spam_rules(r: random.Random) -> str:
    trades = ["casino", "viagra", "cialis", "escort", "payday loan", "replica watches"]
    return lines(
        r,
        lambda r: (
            f"body {r.choice(NAMES).upper()}_{r.randint(1, 99)} /\\b(?:buy|cheap|order) {r.choice(trades)}\\b/i\n"
            f"describe {r.choice(NAMES).upper()} see {url(r)}\nscore {r.randint(1, 5)}.{r.randint(0, 9)}"
        ),
        3,
        30,
    )


TUNED: dict[str, Make] = {
    make.__name__: make
    for make in (
        nginx_log,
        server_log,
        plain_log,
        awesome_list,
        bare_awesome_list,
        sitemap,
        package_lock,
        cargo_lock,
        poetry_lock,
        html_page,
        csv_of_urls,
        bare_urls,
        one_sites_urls,
        requirements,
        ci_log,
        stack_trace,
        nginx_config,
        bookmarks,
        readme,
        mail_question,
        casino_code,
        hosts_blocklist,
        spam_rules,
    )
}


def har_export(r: random.Random) -> str:
    entries = [
        {
            "startedDateTime": stamp(r),
            "request": {"method": "GET", "url": url(r)},
            "time": r.randint(1, 900),
        }
        for _ in range(r.randint(5, 80))
    ]
    return json.dumps({"log": {"version": "1.2", "entries": entries}}, indent=1)


def opml(r: random.Random) -> str:
    feeds = lines(
        r,
        lambda r: (
            f'<outline type="rss" text="{r.choice(NAMES).title()} blog" xmlUrl="{url(r)}/feed" htmlUrl="{url(r)}"/>'
        ),
        5,
        80,
    )
    return f'<?xml version="1.0"?><opml version="2.0"><body>\n{feeds}</body></opml>\n'


def bibliography(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f"@article{{{r.choice(NAMES)}{r.randint(1990, 2026)},\n  title = {{{sentence(r)}}},\n"
            f"  author = {{{r.choice(NAMES).title()}, A.}},\n  url = {{https://doi.org/10.{r.randint(1000, 9999)}/{digest(r, 8)}}}\n}}"
        ),
        3,
        40,
    )


def changelog(r: random.Random) -> str:
    site = f"https://github.com/{r.choice(NAMES)}/{r.choice(NAMES)}"
    entries = lines(
        r,
        lambda r: (
            f"- Fixed a bug where the {r.choice(NOUNS)} {r.choice(VERBS)} twice ([#{r.randint(1, 999)}]({site}/pull/{r.randint(1, 999)}))"
        ),
        5,
        60,
    )
    return f"# Changelog\n\n## {version(r)}\n\n{entries}"


def git_log(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f"commit {digest(r, 40)}\nAuthor: {r.choice(NAMES)} <{r.choice(NAMES)}@{host(r)}>\n\n"
            f"    Make the {r.choice(NOUNS)} faster\n\n    Closes: {url(r)}/{r.randint(1, 99)}\n"
        ),
        3,
        40,
    )


def chat_log(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f"[{r.randint(10, 23)}:{r.randint(10, 59)}] <{r.choice(NAMES)}> "
            + r.choice(
                [
                    f"did you see {url(r)} yet?",
                    "no, what is it about?",
                    f"the {r.choice(NOUNS)} {r.choice(VERBS)} everything now",
                    f"look here: {url(r)}",
                    "lol, best thing today",
                ]
            )
        ),
    )


def playlist(r: random.Random) -> str:
    return "#EXTM3U\n" + lines(
        r,
        lambda r: (
            f"#EXTINF:-1,{r.choice(NAMES).title()} Radio\nhttp://{host(r)}:8000/{r.choice(NAMES)}.mp3"
        ),
    )


def reading_list(r: random.Random) -> str:
    entries = lines(
        r,
        lambda r: (
            f"{r.randint(1, 99)}. {r.choice(NAMES).title()} and the {r.choice(NOUNS)}: {url(r)}"
        ),
        5,
        60,
    )
    return f"What I read this year, with links:\n\n{entries}\nWrite to me at {r.choice(NAMES)}@{host(r)}.\n"


def forum_post(r: random.Random) -> str:
    return (
        f"[quote={r.choice(NAMES)}]My {r.choice(NOUNS)} does not start.[/quote]\n"
        f"Have a look at [url={url(r)}]this thread[/url], it worked for me. If not, the manual is "
        f"[url={url(r)}]here[/url]. {sentence(r)}\n"
    )


def drug_study(r: random.Random) -> str:
    drug = r.choice(["sildenafil", "tadalafil", "tramadol", "diazepam"])
    return (
        f"Background: {drug} is prescribed widely, yet little is known of its use by patients over seventy. "
        f"Methods: we followed {r.randint(50, 900)} patients for {r.randint(6, 36)} months in {r.randint(2, 9)} clinics. "
        f"Results: {drug} lowered the score by {r.randint(5, 40)} percent; adverse events were rare. The price of the drug "
        f"was not a factor. Conclusion: {drug} is safe in this group. See https://doi.org/10.1000/{digest(r, 8)} and "
        f"https://clinicaltrials.example/{digest(r, 8)} for the protocol.\n"
    )


def gambling_law(r: random.Random) -> str:
    return (
        f"The ministry published a draft law on gambling this week. Operators of an online casino will need a licence "
        f"that costs {r.randint(10, 900)} thousand a year, and must check the age of each player. Betting on sports stays with the "
        f"states. Critics say that the limits on deposits are too high and that help for addicted players is missing. "
        f"The draft is at {url(r)}; comments can be sent until {r.choice(['June', 'July', 'August'])}. "
        f"A summary by the players' union is at {url(r)}.\n"
    )


def todo_list(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f"- [ ] {r.choice(['call', 'order', 'buy', 'visit', 'fix'])} the {r.choice(NOUNS)}, see {url(r)}"
        ),
        4,
        30,
    )


def apt_sources(r: random.Random) -> str:
    return lines(
        r,
        lambda r: (
            f"deb [signed-by=/etc/apt/keyrings/{r.choice(NAMES)}.gpg] https://{host(r)}/debian trixie main"
        ),
        2,
        20,
    )


def job_advert(r: random.Random) -> str:
    return (
        f"We are hiring a {r.choice(NOUNS)} engineer. You know Python and Django, you write tests, and you like to "
        f"explain what you do. We offer {r.randint(25, 35)} days off and a budget for books. Full-time or part-time, remote "
        f"or in Berlin. Apply at {url(r)} or write to jobs@{host(r)}.\n"
    )


def mail_headers(r: random.Random) -> str:
    return (
        f"Received: from mail.{host(r)} ({address(r)}) by mx.{host(r)}; {stamp(r)}\n"
        f"From: Best Offers <sale@{host(r)}>\nSubject: Cheap pills\nList-Unsubscribe: <{url(r)}>\n"
        f"DKIM-Signature: v=1; a=rsa-sha256; b={digest(r)}\nX-Spam-Status: Yes, score={r.randint(5, 30)}.1\n\n"
        f"Can somebody tell me why this passed our filter? The rules are at {url(r)}.\n"
    )


UNSEEN: dict[str, Make] = {
    make.__name__: make
    for make in (
        har_export,
        opml,
        bibliography,
        changelog,
        git_log,
        chat_log,
        playlist,
        reading_list,
        forum_post,
        drug_study,
        gambling_law,
        todo_list,
        apt_sources,
        job_advert,
        mail_headers,
    )
}
