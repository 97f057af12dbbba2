"""How Chromium gets to see a page, and what bench/painting.py makes of it."""

from bench import painting, texts
from bench.painting import MB, Seen
from pastes.tests.browsing import send

FOUND = {"answer": 5, "paint": 40, "dom": 60, "scripts": 70}


def test_interactive_is_the_end_of_the_last_long_task():
    seen = painting.sum_up(FOUND | {"tasks": [[30, 60], [120, 80.5]]}, [900, 0, 100])
    assert seen == Seen(5, 40, 60, 200.5, 40.5, 80.5, 2, 1000)
    assert painting.sum_up(FOUND | {"tasks": []}, []).interactive == 70


def test_rows_are_medians_and_say_what_went_wrong():
    visits = [Seen(*([number] * 8)) for number in (1, 1000, 3)]
    rows = [
        ("one", "1 KB", "cold", painting.middle(visits)),
        ("two", "1 MB", "", "400"),
    ]
    lines = painting.table(rows).splitlines()
    assert lines[2] == "| 1 KB | one | cold | 3 | 3 | 3 | 3 | 3 | 3 | 3 | 3 |"
    assert lines[3].startswith("| 1 MB | two |  | 400 |")


def test_browser_loads_a_page_and_what_belongs_to_it_once(chromium, site, open_page):
    url = send(open_page(), b"x = 1\n", syntax="python")
    with painting.visitor(chromium) as context:
        cold, warm = painting.look(context, url), painting.look(context, url)
    for seen in (cold, warm):
        assert 0 < seen.answer <= seen.paint <= seen.interactive
        assert seen.answer <= seen.dom <= seen.interactive
    # The page, two styles, four scripts; then the server only says: still the same.
    assert cold.requests >= 6
    assert warm.requests == 1
    assert cold.bytes > 20_000 > 3_000 > warm.bytes


def test_most_of_a_large_text_is_not_laid_out(open_page):
    page = open_page()
    page.goto(send(page, texts.python(MB).encode(), syntax="python"))
    drawn = page.evaluate(
        """() => [...document.querySelectorAll(".block")]
          .filter(each => each.firstElementChild.checkVisibility({contentVisibilityAuto: true}))
          .length"""
    )
    blocks = page.locator(".block").count()
    assert blocks > 100
    # The first and the last, and what is near the window.
    assert drawn < 10
