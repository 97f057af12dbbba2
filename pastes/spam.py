"""How much a text looks like an advertisement: signs, each worth some points.

Links alone say nothing: logs, lists of links and lock files are full of them. What tells
is who is meant to follow them: sentence after sentence with words of a trade beside
words of an offer, the same phrase again and again in running text, links in a forum's markup, the same text from
many addresses. bench/spam.py measures what that catches and what it holds by mistake.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, pairwise
from math import ceil
from types import MappingProxyType
from typing import Any

from pastes import patterns
from pastes.likeness import visible_form

# The signs, and the most points that each may give.
SIGNS = {
    "block": 10,
    "copies": 10,
    "words": 10,
    "checker": 10,
    "repeats": 10,
    "honeypot": 8,
    "anchors": 8,
    "markup": 4,
    "title": 3,
    "links": 2,
    "hasty": 2,
    "rate": 1,
    "hosts": 1,
}
# Of a longer text its beginning and its end, in characters.
PART = 16_000
STEP = 4_000
MAX_WORD = 40

LINK = re.compile(
    r"""(?:https?|ftp)://(?:[^\s/?\#@"'<>]{0,64}@)?([^\s/?\#:"'<>\[\]()|,;*]{1,253})"""
    r"""[^\s"'<>\[\]()|]*+|\b(www\.[\w.-]{1,249})[^\s"'<>\[\]()|]*+"""
    r"""|\b((?:t|wa)\.me)/[\w+]++""",
    re.IGNORECASE,
)
# How else an advertisement is answered: a bare host, an address, a telephone. By RE2,
# which takes a fiftieth of the time: what stands around it is part of the match.
_LETTERS = r"\pL\pN_"
CONTACT = patterns.compile_source(
    rf"(?:^|[^{_LETTERS}.@/-])[a-z0-9][a-z0-9-]{{2,}}\.(?:com|net|org|info|biz|ru"
    r"|xyz|top|club|vip|online|site|shop|store|live|pro|io|co|de|fr|id|in|win|bet|casino)"
    rf"(?:$|[^{_LETTERS}(.-])"
    rf"|[{_LETTERS}.+-]@[a-z0-9-]+\.[a-z]{{2,10}}(?:$|[^{_LETTERS}])"
    rf"|(?:^|[^{_LETTERS}.@])@[a-z][{_LETTERS}]{{4,}}(?:$|[^{_LETTERS}])"
    rf"|(?:^|[^{_LETTERS}.:-])\+[0-9](?:[ ()./-]{{0,2}}[0-9]){{8,13}}"
    rf"(?:$|[^{_LETTERS}.:-])",
    patterns.MEMORY,
)
ANCHOR = re.compile(
    r"""\[(?:url|link)=[^\]]{1,500}\]([^\[\]]{1,200})\[/"""
    r"""|<a\s[^<>]{0,500}>([^<>]{1,200})</a"""
    r"""|\[([^\[\]]{1,200})\]\((?:https?:)?//""",
    re.IGNORECASE,
)
FORUM = re.compile(r"\[(?:url|link)[=\]]", re.IGNORECASE)
HTML_LINK = re.compile(r"<a\s[^<>]{0,200}\bhref", re.IGNORECASE)
# A page or a part of one, where such links belong.
HTML = re.compile(
    r"<(?:!doctype|html|head|body|div|section|main|nav|header|footer|table|tr|td|ul|ol"
    r"|li|dl|dt|article|script|link|meta|template)\b|\{%",
    re.IGNORECASE,
)
WORD = re.compile(rf"[^\W\d_]{{1,{MAX_WORD}}}")
PLAIN = re.compile(
    rf"[(\"'“‘«*_>-]{{0,3}}[^\W\d_]{{1,{MAX_WORD}}}"
    rf"(?:['’-][^\W\d_]{{1,{MAX_WORD}}}){{0,4}}[)\"'”’»*_.,!?:;…]{{0,4}}"
)

SENTENCE_END = re.compile(r"[.!?…:;\n]+")
# What ends, calls, sets or comments out something in a line of a program.
CODE = re.compile(
    r"[{};\[(=][ \t]*$|\w\((?!\w{1,3}\))|[ \t][:=!<>]?=[ \t]|^[ \t]*(?://|--|/\*)",
    re.MULTILINE,
)
ENDS = (".", "!", "?", "…", ".)", "!)", "?)")

# Trades that live on unasked advertisements, in the languages they come in.
TRADE_WORDS = """
casino casinos kasino казино slot slots gacor togel judi poker roulette рулетка
jackpot jackpots betting sportsbook bookmaker букмекер ставки wetten paris viagra
cialis levitra sildenafil tadalafil kamagra tramadol xanax valium ambien oxycodone
adderall phentermine modafinil виагра pills pharmacy apotheke pharmacie farmacia
аптека steroids kratom cbd escort escorts escortes callgirl callgirls massage hookup
dating проститутки индивидуалки girls loan loans payday kredit credit crédit займ
кредит forex bitcoin crypto signals investment replica replicas rolex handbags watches
backlinks backlink seo followers likes subscribers traffic essay essays dissertation
homework thesis diploma passport licence license documents keto slimming weight detox
gummies keys cracked
"""
TRADES = frozenset(TRADE_WORDS.split())
# What is said of them when they are sold.
OFFER_WORDS = """
buy cheap cheapest order sale discount discounts bonus bonuses deposit spins spin
price prices free online best top trusted guaranteed guarantee instant instantly
approval approved prescription overnight delivery shipping call whatsapp telegram
visit click join register signup now today win winning earn profit profits service
services hire affordable exclusive vip hot sexy independent available loss lose lowest
rates fast quick money real legit official promo promocode terpercaya terbaik resmi
daftar link situs bonusse gratis kaufen günstig billig bestellen rezept rezeptfrei
ohne bester beste anbieter acheter pas cher ordonnance meilleur meilleure sans gratuit
comprar barato receta sin mejor купить дешево цена цены онлайн бонус заказать
бесплатно доставка лучшие лучшее вызов недорого выиграть
"""
OFFERS = frozenset(OFFER_WORDS.split())
# Of both, those that people who sell nothing write every day. Each halves what a pair
# is worth.
EVERYDAY_WORDS = """
paris credit crédit kredit кредит loan loans passport licence license documents pharmacy
apotheke pharmacie farmacia аптека pills watches handbags traffic seo likes subscribers
followers investment crypto bitcoin signals homework thesis diploma dissertation essay
essays weight detox keys slot slots poker roulette рулетка girls dating massage wetten
ставки
free best top online онлайн call visit click join register now today service services
hot independent available loss lose lowest rates fast quick money real official price
prices цена цены win winning link gratis ohne bester beste pas sans meilleur meilleure
sin mejor site situs trusted instant instantly sign legit earn hire prescription approval
approved rezept ordonnance receta лучшие лучшее бесплатно
"""
EVERYDAY = frozenset(EVERYDAY_WORDS.split())
# The share of words as people write them from which on a text is prose.
PROSE = 0.6
# Words from a trade to its offer, at most.
NEAR = 4
# Words of a sentence, at most, and the sentences that a text counts as, at least: one
# that sells may be somebody's question.
LONG = 20
FEWEST = 4


@lru_cache(maxsize=10)
def parse_weights(text: str) -> Mapping[str, int]:
    """Return the weights, with those that "links=3,rate=0" changes.

    Raises ValueError with a sentence for a person.
    """
    weights = dict(SIGNS)
    for each in filter(None, (part.strip() for part in text.split(","))):
        name, _, points = (word.strip() for word in each.partition("="))
        if name not in SIGNS:
            raise ValueError(f"“{name}” is no sign; there are {', '.join(SIGNS)}.")
        if not re.fullmatch("[0-9]{1,4}", points):
            raise ValueError(f"“{each}” must be like {name}={SIGNS[name]}.")
        weights[name] = int(points)
    return MappingProxyType(weights)


@dataclass(frozen=True, slots=True)
class Sign:
    """Something odd about a paste. `detail` is numbers and quotes, in no language."""

    name: str
    points: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text does not say itself.

    `recent` is how many pastes the client made in the last hour, `others` how many
    other clients sent the same or nearly the same text of late; `odd` are signs of how
    it was sent, `blocks` what it met of the moderators' blocks that hold; `checked` are
    the points that the operator's checker gives.
    """

    recent: int = 0
    others: int = 0
    odd: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    checked: int = 0


@dataclass(frozen=True, slots=True)
class Traits:
    """What was found in a text and its title; nothing where there is nobody to turn to."""

    links: int = 0
    hosts: Counter[str] = field(default_factory=Counter)
    words: int = 0
    # The share of what is between the links that is words as people write them; none of
    # a program.
    prose: float = 0.0
    is_answerable: bool = False
    # The word or the pair of words in the most links' texts, how many those are, of how
    # many, and how many hold an offer's word.
    anchor: tuple[str, int, int, int] = ("", 0, 0, 0)
    markup: int = 0
    is_title_link: bool = False
    # What follows is looked for in prose alone.
    pairs: Counter[str] = field(default_factory=Counter)
    # The share of the sentences and links that sell, those in everyday words less.
    selling: float = 0.0
    # What is said most often, where most is said in sentences, and how often.
    phrase: tuple[str, int] = ("", 0)

    @property
    def may_advertise(self) -> bool:
        """Whether there is somebody to turn to, and people are meant to read it."""
        return self.is_answerable and self.prose >= PROSE


def look(text: str, title: str) -> Traits:
    """Return what weigh needs to know of a text; takes time bounded by PART.

    Where there is nobody to turn to, nothing else counts, or is looked for.
    """
    shown = visible(f"{title}\n{sample(text)}")
    links, bare = take_links_out(shown)
    if not (links or CONTACT.search(bare.encode(errors="replace"))):
        return Traits()
    hosts = Counter(next(filter(None, link.groups())).lower() for link in links)
    words = WORD.findall(bare)
    return Traits(
        links=len(links),
        hosts=hosts,
        words=len(words),
        is_answerable=True,
        anchor=most_anchored(shown),
        markup=count_markup(shown),
        is_title_link=LINK.search(title) is not None,
        **look_at_prose(bare, words, [link[0] for link in links]),
    )


def look_at_prose(
    text: str, words: Sequence[str], links: Sequence[str]
) -> dict[str, Any]:
    """Return Traits.prose and, of prose, what else depends on it.

    Takes a text without its links, its words and its links.
    """
    if is_program(text):
        return {"prose": 0.0}
    tokens = text.split()
    plain_ones = set(filter(PLAIN.fullmatch, set(tokens)))
    plain = [token for token in tokens if token in plain_ones]
    prose = len(plain) / len(tokens) if len(tokens) >= 10 else 1.0
    if prose < PROSE:
        return {"prose": prose}
    pairs, selling = count_offers(text, links)
    sentences = sum(token.endswith(ENDS) for token in plain)
    variety = len({word.casefold() for word in words}) / (len(words) or 1)
    # A log or a table says the same again and again as well, but not in sentences.
    is_written = prose >= 0.75 and sentences * 40 >= len(words) and variety >= 0.25
    phrase = most_said(text, plain_ones) if is_written else ("", 0)
    return {"prose": prose, "pairs": pairs, "selling": selling, "phrase": phrase}


def take_links_out(text: str) -> tuple[list[re.Match[str]], str]:
    """Return the links in a text, and the text with a space for each.

    A link is in one line. Looking for a link in all the others would take longest here.
    """
    if not may_link(text):
        return [], text
    links = []
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if may_link(line):
            links += LINK.finditer(line)
            lines[number] = LINK.sub(" ", line)
    return links, "".join(lines)


def may_link(text: str) -> bool:
    lower = text.lower()
    return "://" in lower or "www." in lower or ".me/" in lower


def visible(text: str) -> str:
    """Return the visible form of a text, of 3 * PART characters at most.

    One character may become eighteen: it is made piece by piece, until there is enough.
    """
    shown = ""
    for start in range(0, len(text), STEP):
        if len(shown) >= 3 * PART:
            break
        shown += visible_form(text[start : start + STEP])
    return shown[: 3 * PART]


def sample(text: str) -> str:
    """Return the text, or whole lines of its beginning and its end."""
    if len(text) <= 2 * PART:
        return text
    head, tail = text[:PART], text[-PART:]
    ends = (head.rpartition("\n")[0] or head, tail.partition("\n")[2] or tail)
    return "\n".join(ends)


def is_program(text: str) -> bool:
    """Say whether more than every third line is code."""
    lines = [line for line in text.splitlines() if line.strip()]
    # Whether there is one more is soon known of a program.
    return any(islice(filter(CODE.search, lines), len(lines) // 3, None))


def count_offers(text: str, links: Sequence[str]) -> tuple[Counter[str], float]:
    """Return what Traits.pairs and Traits.selling hold, of a text without its links."""
    found: Counter[str] = Counter()
    if not any(names_a_trade(part) for part in (text, *links)):
        return found, 0.0
    sold = 0.0
    counts = []
    for parts in (SENTENCE_END.split(text), links):
        count = 0
        for part in parts:
            words = WORD.findall(part.casefold())
            # What has no stops is no single sentence for that.
            count += ceil(len(words) / LONG) if len(words) > 1 else 0
            if not TRADES.isdisjoint(words):
                pairs = list(offers_in(words))
                found.update(" ".join(pair) for pair in pairs)
                sold += min(sum(map(worth, pairs)), 1)
        counts.append(count)
    return found, sold / max(*counts, FEWEST)


def names_a_trade(text: str) -> bool:
    return not TRADES.isdisjoint(WORD.findall(text.casefold()))


def offers_in(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each offer's word with the trade's word that it is near."""
    for place, word in enumerate(words):
        if word in TRADES:
            near = words[max(0, place - NEAR) : place + NEAR + 1]
            yield from ((each, word) for each in sorted(set(near) & OFFERS))


def worth(pair: tuple[str, str]) -> float:
    return 0.5 ** sum(word in EVERYDAY for word in pair)


def most_said(text: str, plain: Set[str]) -> tuple[str, int]:
    """Return the most frequent pair of longer words in one line, and how often.

    `plain` are the text's words that PLAIN matches.
    """
    said: Counter[tuple[str, str]] = Counter()
    for line in filter(None, text.splitlines()):
        words = WORD.findall(
            " ".join(filter(plain.__contains__, line.split())).casefold()
        )
        longer = [word for word in words if len(word) > 3]
        said.update(pairwise(longer))
    (pair, count), *_ = said.most_common(1) or [(("", ""), 0)]
    return " ".join(pair), count


def most_anchored(text: str) -> tuple[str, int, int, int]:
    """Return what Traits.anchor holds."""
    said: Counter[str] = Counter()
    anchors = offers = 0
    for match in ANCHOR.finditer(text):
        words = WORD.findall("".join(filter(None, match.groups())).casefold())
        anchors += 1
        offers += not OFFERS.isdisjoint(words)
        longer = [word for word in words if len(word) > 3]
        pairs = [f"{one} {other}" for one, other in pairwise(longer)]
        said.update({*longer, *pairs})
    # Of those that are as frequent, the pair.
    best = max(said, key=lambda each: (said[each], " " in each), default="")
    return best, said[best], anchors, offers


def count_markup(text: str) -> int:
    """Count a forum's links, and HTML's where there is no page around them."""
    count = sum(1 for _ in FORUM.finditer(text))
    if not HTML.search(text):
        count += sum(1 for _ in HTML_LINK.finditer(text))
    return count


def weigh(
    traits: Traits, facts: Facts, weights: Mapping[str, int] = SIGNS
) -> list[Sign]:
    """Return the signs that are worth at least one point, the heaviest first."""
    strengths = [*signs_of_text(traits), *signs_of_sending(traits, facts)]
    signs = [
        Sign(name, round(weights[name] * min(strength, 1.0)), detail)
        for name, strength, detail in strengths
    ]
    signs.append(Sign("checker", min(facts.checked, weights["checker"])))
    blocks = [Sign("block", weights["block"], detail) for detail in facts.blocks]
    found = [*blocks, *(sign for sign in signs if sign.points > 0)]
    return sorted(found, key=lambda sign: -sign.points)


def signs_of_text(traits: Traits) -> Iterable[tuple[str, float, str]]:
    """Yield name, strength from 0 to 1 and detail of each sign in the text itself."""
    if not traits.is_answerable:
        return
    if traits.pairs:
        # Who writes about a trade names an offer now and then, who sells all the time.
        share = (traits.selling - 0.1) / 0.2
        shown = ", ".join(pair for pair, _ in traits.pairs.most_common(5))
        # One pair again and again may be what the text is about.
        said = {word for pair in traits.pairs for word in pair.split()}
        yield "words", min((len(said) - 2) / 2, 1) * min(max(share, 0), 1), shown
    if traits.links >= 3:
        density = 15 * traits.links / (traits.words + 1)
        yield "links", density, f"{traits.links} / {traits.words}"
    host, count = next(iter(traits.hosts.most_common(1)), ("", 0))
    if count >= 10:
        yield "hosts", 1, f"{host} ×{count}"
    elif len(traits.hosts) >= 10:
        yield "hosts", 1, str(len(traits.hosts))
    phrase, count = traits.phrase
    if count >= 5:
        share = 2 * count / traits.words
        yield "repeats", (share - 0.1) / 0.12, f"“{phrase}” ×{count}"
    phrase, count, anchors, offers = traits.anchor
    if count >= 5 and count * 2 >= anchors:
        yield "anchors", 1 if offers * 4 >= anchors else 0.4, f"“{phrase}” ×{count}"
    if traits.markup:
        yield "markup", 1, f"×{traits.markup}"
    if traits.is_title_link:
        yield "title", 1, ""


def signs_of_sending(traits: Traits, facts: Facts) -> Iterable[tuple[str, float, str]]:
    if traits.may_advertise:
        # One other may be the same person elsewhere.
        yield "copies", (facts.others - 1) / 3, f"×{facts.others}"
    if traits.is_answerable and facts.recent >= 10:
        yield "rate", facts.recent / 20, str(facts.recent)
    for name in facts.odd:
        yield name, 1, ""
