"""Separated values as a table: every cell as it came, and no table of what is none."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from pastes.highlight import (
    Note,
    View,
    close,
    default_view,
    find_language,
    offered_views,
    render_as,
)

TABLES = {
    "plain": "name,age\nBob,3\nEve,4\n",
    "CR LF": "name,age\r\nBob,3\r\nEve,4\r\n",
    "byte order mark": "\ufeffname,age\nBob,3\n",
    "blank lines": "name,age\n\nBob,3\n\n\n",
    "names of rows": ",a,b\nx,1,2\ny,3,4\n",
    "years": "country,2019,2020\nFR,1,2\n",
    "quotes": '"Full name",Says\n"Bob ""B"" Bo","hi, you"\n',
    "line breaks": 'name,note\nBob,"one\ntwo"\n',
    "a quote that the head cuts": 'a,b\n1,2\n3,"' + "x\n" * 3000 + '"\n',
    "spaces": "name, age, city\nBob, 3, Rome\n",
    "semicolons": "Datum;Betrag (EUR);Nr.\n1.1.2020;2,5;1\n",
    "tabs": "gene\tlength\tstart\nABC\t1\t2\n",
    "tabs and a stray quote": 'item\tsize\n"Moby\t5\nx\t3"\n',
    "times": "at,level\n2024-01-01 12:00:00,5\n2024-01-01 12:00:01,6\n",
    "formulas": "name,sum\n=1+1,@x\n",
    "units": "size (MB),share %\n1,2\n",
}
NO_TABLES = {
    "nothing": "",
    "blank lines": "\n\n\n",
    "one line": "name,age\n",
    "one column": "name\nBob\nEve\n",
    "ragged": "name,age\nBob\nEve,4,5\n",
    "no titles": "1,2\n3,4\n",
    "the same title twice": "a,a\n1,2\n",
    "Python's log": "2024-01-01 12:00:00,123 INFO a\n2024-01-01 12:00:01,123 INFO b\n",
    "syslog": "Nov 24 17:16:02 host a,b\nNov 24 17:16:03 host c,d\n",
    "a poem": "Roses are red, violets are blue\nSugar is sweet, and so are you\n",
    "a letter": "Dear Bob,\nI write, as you know, too often.\n",
    "sentences": "One came. Two left, three stayed.\nFour. Five, six.\n",
    "assembly": "mov eax, ebx\nmov ecx, 1\n",
    "calls": "foo(a, b)\nbar(c, d)\n",
    "declarations": "int a; int b;\nint c; int d;\n",
    "styles": "color: red; margin: 0\ncolor: blue; margin: 1\n",
    "lines of JSON": '{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n',
    "items of a list": '"a",\n"b",\n',
    "indented lines": "\tone\n\ttwo\n",
    "sizes of files": "4.0K\t./a\n8.0K\t./b\n",
    "a table of Markdown": "| a, b |\n| c, d |\n",
    "tags": "<a>,<b>\n<c>,<d>\n",
    "an open quote": 'name,age\n"Bob,3\n',
}


class Table(HTMLParser):
    """The cells of a table by row, each with its element and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, dict[str, str | None]]]] = []
        self.words: list[list[str]] = []
        self.tags: set[str] = set()
        self.in_cell = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
            self.words.append([])
        if tag in ("td", "th"):
            self.rows[-1].append((tag, dict(attrs)))
            self.words[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = False

    def handle_data(self, data: str) -> None:
        if self.in_cell:
            self.words[-1][-1] += data


@pytest.fixture(autouse=True, scope="module")
def _no_child_left() -> Iterator[None]:
    yield
    close()


def show(text: str) -> Table:
    rendered = render_as(text, View.TABLE, seconds=10)
    assert (rendered.note, rendered.view) == (Note.NONE, View.TABLE)
    table = Table(rendered.html)
    assert table.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    return table


def cells(text: str) -> list[list[str]]:
    """The words of each row, without its number."""
    return [row[1:] for row in show(text).words]


# Which texts


@pytest.mark.parametrize("name", TABLES)
def test_table_is_offered_and_never_forced(name: str) -> None:
    text = TABLES[name]
    assert offered_views(text, "text") == (View.SOURCE, View.TABLE)
    assert default_view(text, "text") is View.SOURCE


@pytest.mark.parametrize("name", TABLES)
def test_what_is_offered_has_no_gaps(name: str) -> None:
    widths = {len(row) for row in show(TABLES[name]).rows}
    assert len(widths) == 1
    assert widths.pop() > 2


@pytest.mark.parametrize("name", NO_TABLES)
def test_other_text_is_not_offered_as_a_table(name: str) -> None:
    assert View.TABLE not in offered_views(NO_TABLES[name], "text")


def test_table_is_offered_of_plain_text_alone_and_so_of_csv_and_tsv() -> None:
    assert View.TABLE not in offered_views(TABLES["plain"], "python")
    for extension in ("csv", "tsv"):
        language = find_language(extension)
        assert language
        assert View.TABLE in offered_views(TABLES["plain"], language.key)


# What is shown


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
        ("a\tb\n1, 2\t3; 4\n", [["a", "b"], ["1, 2", "3; 4"]]),
        ('a,b\n"x ""y"", z",\n', [["a", "b"], ['x "y", z', ""]]),
        ('a,b\r\n"x\r\ny","\n"\r\n', [["a", "b"], ["x\ny", "\n"]]),
        ("a\rb,c\r1,2", [["a", ""], ["b", "c"], ["1", "2"]]),
        ('a\tb\n"x\t1\ny\t2\n', [["a", "b"], ['"x', "1"], ["y", "2"]]),
        ('a,b\n1,"2"3\n', [["a", "b"], ["1", "23"]]),
        ("a,b\n1\n\n1,2,3\n4,5\n", [["a", "b", ""], ["1", "", ""], ["1", "2", "3"], ["4", "5", ""]]),
        ("\ufeffa,b\n\x00,\x1b\n", [["a", "b"], ["␀", "␛"]]),
    ],
)  # fmt: skip
def test_cells_are_what_the_text_says(text: str, rows: list[list[str]]) -> None:
    assert cells(text) == rows


def test_formulas_and_tags_are_shown_as_they_are() -> None:
    row = ["=1+1", "+1", "-1", "@x", "<b>&amp;</b>", "</td><script>"]
    assert cells("a,b,c,d,e,f\n" + ",".join(row))[1] == row


def test_titles_and_numbers_of_rows_are_headings() -> None:
    table = show("name,age\nBob,3\nEve,4\n")
    assert table.words == [["", "name", "age"], ["1", "Bob", "3"], ["2", "Eve", "4"]]
    assert [cell[0] for cell in table.rows[0]] == ["td", "th", "th"]
    assert [cell[1].get("scope") for cell in table.rows[0]] == [None, "col", "col"]
    assert [row[0] for row in table.rows[1:]] == [("th", {"scope": "row"})] * 2


def test_empty_title_is_no_heading() -> None:
    assert show(",a\nx,1\n").rows[0][1] == ("td", {})


@pytest.mark.parametrize(
    "values",
    ["1|-2|+3", "1.5|2", "1,5|2.000,75", "1 000|1'000", "5%|7 %", "$5|€ 7|8 €", "1e-5", "|7|"],
)  # fmt: skip
def test_column_of_numbers_is_aligned_as_one(values: str) -> None:
    table = show("name;sum;end\n" + "".join(f"x;{v};y\n" for v in values.split("|")))
    for row in table.rows:
        assert [cell[1].get("class") for cell in row] == [None, None, "n", None]


@pytest.mark.parametrize("values", ["1|x", "2024-01-01", "10.0.0.1", "|", "1.2.3", "-"])
def test_column_of_other_values_is_not(values: str) -> None:
    table = show("name;sum;end\n" + "".join(f"x;{v};y\n" for v in values.split("|")))
    assert all("class" not in cell[1] for row in table.rows for cell in row)


# Bounds


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a,b,c,d,e,f\n" + "1,2,3,4,5,6\n" * 20_000, Note.TOO_LARGE),
        (",".join("a" * 257) + "\n" + ",".join("b" * 257) + "\n", Note.TOO_LARGE),
        ("a,b\n" * 300 + "x," * 255 + "y\n" + "1\n" * 2000, Note.TOO_LARGE),
        ("&,<\n" + '"' + "&" * 130_000 + '",1\n', Note.NONE),
        ('a,b\n"' + "x" * 200_000, Note.FAILED),
        ("no delimiter\nat all\n", Note.FAILED),
        ("", Note.FAILED),
        ("\n\n", Note.FAILED),
    ],
)
def test_what_makes_no_table_is_shown_plain(text: str, note: Note) -> None:
    rendered = render_as(text, View.TABLE, seconds=10)
    assert rendered.note is note
    assert rendered.view is (View.TABLE if note is Note.NONE else View.SOURCE)


def test_long_text_of_long_cells_keeps_to_the_room() -> None:
    row = ",".join(['"' + "&" * 100_000 + '"'] * 4) + "\n"
    rendered = render_as("a,b,c,d\n" + row, View.TABLE, seconds=10)
    assert (rendered.note, rendered.view) == (Note.NONE, View.TABLE)
    assert len(rendered.html) < 4 * 100_000 * 5 + 1000


def test_head_alone_decides_so_that_asking_is_quick() -> None:
    assert View.TABLE in offered_views("a,b\n" + "1,2\n" * 5000 + "x\n", "text")
    assert View.TABLE not in offered_views("x" * 10_000_000, "text")
