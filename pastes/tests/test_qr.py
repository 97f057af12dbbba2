"""The QR code of a link: what it says to a scanner, and to whom it is given."""

import re

import pytest
import zxingcpp

from pastes import services
from pastes.tests.test_matrix import make_state

pytestmark = pytest.mark.django_db

SCALE = 4


def modules_of(svg: str) -> list[list[bool]]:
    """Return the image's rows of modules, True where it is dark.

    The path draws lines one module thick: M and m move, h draws to the right.
    """
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    rows = [[False] * width for _ in range(height)]
    path = re.search(r'stroke="#000" d="([^"]+)"', svg)[1]
    x = y = 0.0
    for step, numbers in re.findall(r"([Mmh])([-.\d ]+)", path):
        first, *rest = map(float, numbers.split())
        if step == "M":
            x, y = first, rest[0]
        elif step == "m":
            x, y = x + first, y + rest[0]
        else:
            for column in range(int(x), int(x + first)):
                rows[int(y)][column] = True
            x += first
    return rows


def scan(rows: list[list[bool]]) -> zxingcpp.Barcode:
    """Return what a scanner reads off the modules."""
    pixels = bytearray()
    for row in rows:
        line = b"".join((b"\0" if dark else b"\xff") * SCALE for dark in row)
        pixels += line * SCALE
    shape = (len(rows) * SCALE, len(rows[0]) * SCALE)
    (found,) = zxingcpp.read_barcodes(memoryview(bytes(pixels)).cast("B", shape))
    return found


def code_of(client, slug):
    return client.get(f"/{slug}/qr.svg")


@pytest.mark.parametrize("state", ["public", "locked", "burn", "locked burn"])
def test_scanner_reads_the_link_off_the_code(make_paste, client, state):
    slug = make_state(make_paste, state)
    found = scan(modules_of(code_of(client, slug).content.decode()))
    assert found.text == f"http://testserver/{slug}"
    assert found.ec_level == "M"


def test_link_is_the_one_of_the_sites_address(make_paste, client, settings):
    settings.SITE_URL = "https://paste.example.org/"
    slug = make_paste().paste.slug
    found = scan(modules_of(code_of(client, slug).content.decode()))
    assert found.text == f"https://paste.example.org/{slug}"


def test_code_is_dark_on_light_with_its_quiet_zone(make_paste, client):
    svg = code_of(client, make_paste().paste.slug).content.decode()
    rows = modules_of(svg)
    side = len(rows)
    assert f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>' in svg
    dark = [(x, y) for y in range(side) for x in range(side) if rows[y][x]]
    for ways in zip(*dark, strict=True):
        assert (min(ways), max(ways)) == (4, side - 5)


def test_image_holds_no_style_script_or_foreign_address(make_paste, client):
    svg = code_of(client, make_paste().paste.slug).content.decode()
    assert not re.search(r"style|script|\son\w+=|href|<!|<\?", svg)
    assert re.findall(r"https?://\S+", svg) == ['http://www.w3.org/2000/svg"']


def test_image_is_kept_by_who_asks_again(make_paste, client):
    slug = make_paste().paste.slug
    first = code_of(client, slug)
    assert first["Content-Type"] == "image/svg+xml"
    assert first["Cache-Control"] == "private, no-cache"
    headers = {"If-None-Match": first["ETag"]}
    again = client.get(f"/{slug}/qr.svg", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    for answer in (first, again):
        assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandb")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not answer.cookies


@pytest.mark.parametrize("state", ["locked", "burn"])
def test_code_of_a_private_paste_is_kept_nowhere(make_paste, client, state):
    answer = code_of(client, make_state(make_paste, state))
    assert answer["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer
    assert not answer.cookies


@pytest.mark.parametrize("state", ["burned", "expired", "deleted"])
def test_code_of_nothing_is_the_page_of_nothing(make_paste, client, state):
    slug = make_state(make_paste, state)
    expected = code_of(client, "1" * 12)
    answer = code_of(client, slug)
    assert answer.status_code == expected.status_code == 404
    page = answer.content.decode()
    assert page.replace(slug, "1" * 12) == expected.content.decode()


def test_code_of_what_was_taken_down_is_the_page_that_says_so(make_paste, client):
    slug = make_state(make_paste, "hidden")
    assert code_of(client, slug).status_code == 410


def test_old_code_is_no_answer_once_the_paste_is_gone(make_paste, client):
    new = make_paste()
    slug = new.paste.slug
    headers = {"If-None-Match": code_of(client, slug)["ETag"]}
    services.edit_paste(slug, owner_token=new.owner_token, client=None, burn=True)
    assert client.get(f"/{slug}/qr.svg", headers=headers).status_code == 200
    services.delete_paste(slug, owner_token=new.owner_token)
    assert client.get(f"/{slug}/qr.svg", headers=headers).status_code == 404


def test_image_counts_as_no_reading(make_paste, client):
    paste = make_paste().paste
    code_of(client, paste.slug)
    services.write_views()
    paste.refresh_from_db()
    assert paste.views == 0


def test_code_takes_no_other_method(make_paste, client):
    slug = make_paste().paste.slug
    assert client.post(f"/{slug}/qr.svg").status_code == 405
    assert client.put(f"/{slug}/qr.svg").status_code == 405
    assert client.head(f"/{slug}/qr.svg").status_code == 200
