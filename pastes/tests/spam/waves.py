"""Spam as it comes to pastebins, made up: the trades, and how they write.

TUNED were at hand while the signs were made; UNSEEN, of other trades, words and
languages, were not looked at until the end: 164 of 180 were held then, 158
since honest prose counts as well. LATER came with that prose, in the words of both: 129
of 160.
"""

import random
from collections.abc import Callable

from pastes.tests.spam.traps import NAMES, TLDS

Make = Callable[[random.Random], str]


def host(r: random.Random, *words: str) -> str:
    return f"{'-'.join(words)}{r.randint(1, 99)}.{r.choice(TLDS)}"


def link(r: random.Random, *words: str) -> str:
    return f"https://{host(r, *words)}/{r.choice(['', 'go', 'ref', 'promo', '?id=7'])}"


def some(r: random.Random, sentences: list[str], least: int, most: int) -> str:
    chosen = r.sample(sentences, min(len(sentences), r.randint(least, most)))
    return r.choice([" ", "\n", "\n\n"]).join(chosen)


CASINO = [
    "Play at the best online casino and get a bonus of 200 free spins!",
    "No deposit bonus for new players, register today.",
    "Win big on slots, poker and roulette with our trusted casino.",
    "Fast withdrawals and a 24/7 support team wait for you.",
    "Our jackpot paid nine million to one lucky winner.",
    "The top betting odds on every sport, join now.",
    "Use the promo code LUCKY when you sign up at the casino.",
    "Thousands of slots for free, no registration.",
]
PHARMA = [
    "Buy cheap viagra online without a prescription.",
    "Order cialis, levitra and kamagra with overnight delivery.",
    "The lowest price for tramadol and xanax, guaranteed.",
    "Trusted pharmacy with discreet shipping to every country.",
    "No prescription needed, all credit cards are taken.",
    "Discount pills for men, free samples with each order.",
    "Our online pharmacy sells original medicine only.",
]
ESCORT = [
    "Hot independent escorts in your city are available now.",
    "Call girls for one night, VIP service at the best rates.",
    "Book our sexy escort service by WhatsApp today.",
    "Real photos, no advance payment, cash on arrival.",
    "Young and beautiful ladies wait for your call.",
    "Massage and full service at your hotel, 24 hours a day.",
]
MOVERS = ["movers", "plumber", "roof repair", "locksmith", "carpet cleaning", "dentist"]
CITIES = ["Austin", "Leeds", "Sydney", "Denver", "Dallas", "Perth", "Dublin"]


def casino(r: random.Random) -> str:
    return f"{some(r, CASINO, 3, 6)}\n{link(r, 'lucky', 'spin')}\n"


def pharma(r: random.Random) -> str:
    return f"{some(r, PHARMA, 3, 6)} >>> {link(r, 'meds', 'shop')} <<<\n"


def escort(r: random.Random) -> str:
    phone = f"+91 98{r.randint(10, 99)} {r.randint(100000, 999999)}"
    return f"{some(r, ESCORT, 3, 5)}\nContact: {phone} or {link(r, 'city', 'angels')}\n"


def stuffed(r: random.Random) -> str:
    trade, city = r.choice(MOVERS), r.choice(CITIES)
    key = f"{trade} {city}"
    sentences = [
        f"Are you looking for a {key}?",
        f"We are the best {key} since 1999.",
        f"Call the {key} that your neighbours trust.",
        f"Every {key} says that, but our {key} team means it.",
        f"A cheap {key} is not always a good {key}.",
        f"Ask our {key} for a free quote.",
        f"For each {key} service there is one price.",
    ]
    return f"{some(r, sentences, 5, 7)} Visit {link(r, *key.lower().split())}\n"


def html_dump(r: random.Random) -> str:
    trade, city = r.choice(MOVERS), r.choice(CITIES)
    anchors = ["best", "cheap", "top", "local", "trusted", "24h", "affordable"]
    return "\n".join(
        f'<a href="{link(r, trade.replace(" ", "-"), city.lower())}">{r.choice(anchors)} {trade} {city}</a>'
        for _ in range(r.randint(5, 60))
    )


def bbcode_dump(r: random.Random) -> str:
    trade = r.choice(
        ["casino bonus", "cheap viagra", "essay writing", "payday loans", "followers"]
    )
    return "\n".join(
        f"[url={link(r, *trade.split())}]{r.choice(['best', 'buy', 'online', 'top'])} {trade}[/url]"
        for _ in range(r.randint(3, 60))
    )


def markdown_dump(r: random.Random) -> str:
    trade, city = r.choice(MOVERS), r.choice(CITIES)
    return "\n".join(
        f"[{r.choice(['best', 'cheap', 'top'])} {trade} {city}]({link(r, trade.replace(' ', '-'))})"
        for _ in range(r.randint(6, 60))
    )


def keyword_links(r: random.Random) -> str:
    words = ["casino", "slots", "poker", "betting", "bonus", "free-spins", "jackpot"]
    return "\n".join(
        f"https://{host(r, r.choice(['best', 'top', 'online']), r.choice(words))}/{r.choice(words)}-{r.choice(['bonus', 'online', 'free'])}"
        for _ in range(r.randint(10, 100))
    )


def loans(r: random.Random) -> str:
    sentences = [
        "Do you need money fast? Get a payday loan today.",
        "Instant approval for loans, no credit check.",
        "Loans from 500 to 50,000 at the lowest rates.",
        "Bad credit? Our loan service helps everybody.",
        "Apply now and have the money within an hour.",
        "Guaranteed loan, trusted lender, real money.",
    ]
    return f"{some(r, sentences, 3, 5)} Apply: {link(r, 'quick', 'cash')}\n"


def russian_casino(r: random.Random) -> str:
    sentences = [
        "Лучшие онлайн казино этого года.",
        "Бонус за регистрацию, играть бесплатно.",
        "Казино онлайн с выводом денег, ставки на спорт.",
        "Рулетка и слоты: выиграть может каждый.",
        "Букмекер даёт бонус 5000, ставки онлайн.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'vulkan', 'club')}\n"


TUNED: dict[str, Make] = {
    make.__name__: make
    for make in (
        casino,
        pharma,
        escort,
        stuffed,
        html_dump,
        bbcode_dump,
        markdown_dump,
        keyword_links,
        loans,
        russian_casino,
    )
}


def watches(r: random.Random) -> str:
    sentences = [
        "Replica watches at a tenth of the price!",
        "Our Rolex replicas are the best quality on the market.",
        "Order two watches and shipping is free.",
        "Luxury handbags and watches on sale today.",
        "AAA grade, Swiss movement, worldwide delivery.",
        "Nobody will see that it is a replica.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'time', 'lux')}\n"


def german_pills(r: random.Random) -> str:
    sentences = [
        "Viagra rezeptfrei kaufen, günstig und diskret.",
        "Cialis ohne Rezept bestellen, Lieferung in zwei Tagen.",
        "Unsere Apotheke hat den besten Preis für Potenzmittel.",
        "Jetzt Levitra billig bestellen und sparen.",
        "Zahlung per Rechnung, anonymer Versand.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'apo', 'direkt')}\n"


def indonesian_slots(r: random.Random) -> str:
    sentences = [
        "Situs slot gacor terpercaya dan terbaik hari ini.",
        "Daftar judi slot online dengan bonus besar.",
        "Link slot gacor resmi, mudah menang.",
        "Togel online dan poker terpercaya, daftar sekarang.",
        "Deposit pulsa tanpa potongan, main slot kapan saja.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'raja', 'maxwin')}\n"


def crypto_signals(r: random.Random) -> str:
    sentences = [
        "Our crypto signals made 900 percent profit this month.",
        "Join the VIP channel today, only a few places are left.",
        "Bitcoin investment with guaranteed daily earnings.",
        "Deposit 100, withdraw 1,000 within a week.",
        "Forex signals by real traders, free for three days.",
        "Do not miss the next pump, register now.",
    ]
    return f"{some(r, sentences, 3, 5)} https://t.me/{r.choice(NAMES)}_signals{r.randint(1, 99)}\n"


def essays(r: random.Random) -> str:
    sentences = [
        "Buy essays online from professional writers.",
        "Cheap essay writing service, any deadline.",
        "Our experts do your homework while you sleep.",
        "Order a dissertation now and get a discount.",
        "Original papers, guaranteed, free revisions.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'grade', 'help')}\n"


def seo_offer(r: random.Random) -> str:
    sentences = [
        "Buy 5,000 backlinks and reach the first page of Google.",
        "Cheap SEO service for your site, real traffic guaranteed.",
        "Instagram followers and likes, instant delivery.",
        "YouTube subscribers for sale at the lowest price.",
        "Order today and get 100 followers free.",
    ]
    return f"{some(r, sentences, 3, 5)} Telegram: @{r.choice(NAMES)}_seo{r.randint(1, 99)}\n"


def phone_escort(r: random.Random) -> str:
    sentences = [
        "Independent escort girls available tonight.",
        "Call girls near the airport, cheap rates.",
        "VIP escorts and massage, doorstep service.",
        "No advance, pay in cash after you have seen the lady.",
        "Best call girl service of the town, call or WhatsApp.",
    ]
    return f"{some(r, sentences, 3, 5)} Call +44 7{r.randint(100, 999)} {r.randint(100000, 999999)}\n"


def spun_blog(r: random.Random) -> str:
    key = r.choice(
        ["garden furniture", "wedding dresses", "solar panels", "dog training"]
    )
    sentences = [
        f"When it comes to {key}, quality matters.",
        f"Many people ask where {key} can be bought.",
        f"With our {key} your home shines again.",
        f"Learn all about {key} on our page.",
        f"We have had {key} in stock since last summer.",
        f"Nothing beats {key} from a maker who cares.",
    ]
    return f"{some(r, sentences, 5, 6)} {link(r, *key.split())}\n"


def anchored_links(r: random.Random) -> str:
    key = r.choice(
        ["garden furniture", "wedding dresses", "solar panels", "dog training"]
    )
    return " ".join(
        f'<a href="{link(r, *key.split())}">{r.choice(["cheap", "new", "white", "best"])} {key}</a>,'
        for _ in range(r.randint(5, 50))
    )


UNSEEN: dict[str, Make] = {
    make.__name__: make
    for make in (
        watches,
        german_pills,
        indonesian_slots,
        crypto_signals,
        essays,
        seo_offer,
        phone_escort,
        spun_blog,
        anchored_links,
    )
}


def passports(r: random.Random) -> str:
    sentences = [
        "Buy real passports and driving licences online.",
        "Registered documents of any country, delivery within a week.",
        "Order a diploma or an ID card at the best price.",
        "We sell original passport documents that pass every scanner.",
        "Fast and discreet service, pay by bitcoin.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'legal', 'papers')}\n"


def french_pills(r: random.Random) -> str:
    sentences = [
        "Acheter viagra en ligne sans ordonnance.",
        "Cialis générique pas cher, livraison en 48 heures.",
        "Notre pharmacie propose le meilleur prix pour le kamagra.",
        "Commander levitra, paiement par carte de crédit.",
        "Qualité garantie, colis discret.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'pharma', 'fr')}\n"


def slimming(r: random.Random) -> str:
    sentences = [
        "Keto gummies melt fat while you sleep.",
        "Lose weight fast, no diet and no sport, guaranteed.",
        "Order keto gummies today and get two bottles free.",
        "Official site of the best CBD gummies, discount of 50 percent.",
        "The detox that doctors do not want you to know.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'slim', 'now')}\n"


def dating(r: random.Random) -> str:
    sentences = [
        "Hot girls in your area want to meet you tonight.",
        "Register free and chat with sexy singles now.",
        "The best hookup site of the year, no credit card.",
        "Real dating for adults, click and join today.",
        "Thousands of girls are online, waiting for you.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'meet', 'me')}\n"


def keys(r: random.Random) -> str:
    sentences = [
        "Windows licence keys, cheap and instant delivery.",
        "Buy an office licence for 9 dollars, lifetime guarantee.",
        "Cracked accounts of every streaming service, best price.",
        "Telegram shop, order keys day and night.",
        "Discount on ten keys or more.",
    ]
    return f"{some(r, sentences, 3, 5)} @{r.choice(NAMES)}_keys{r.randint(1, 99)}\n"


def russian_loans(r: random.Random) -> str:
    sentences = [
        "Займ онлайн на карту без отказа.",
        "Кредит за пять минут, лучшие условия.",
        "Взять займ бесплатно под ноль процентов.",
        "Заказать кредит онлайн, доставка денег на дом.",
        "Первый займ и бонус новым клиентам.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'zaim', 'bystro')}\n"


def spanish_pills(r: random.Random) -> str:
    sentences = [
        "Comprar viagra barato, sin receta.",
        "Farmacia online con el mejor precio.",
        "Cialis y levitra sin receta, envío urgente.",
        "Comprar tramadol o xanax, pago seguro.",
        "Calidad original y entrega discreta.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'farma', 'es')}\n"


def german_casino(r: random.Random) -> str:
    sentences = [
        "Das beste Online Casino mit Bonus ohne Einzahlung.",
        "Jetzt anmelden und 100 Freispiele gratis sichern.",
        "Wetten Sie auf jedes Spiel, mit dem besten Anbieter.",
        "Casino Bonus ohne Umsatz, Auszahlung sofort.",
        "Poker, Slots und Roulette online spielen.",
    ]
    return f"{some(r, sentences, 3, 5)} {link(r, 'spiel', 'glueck')}\n"


LATER: dict[str, Make] = {
    make.__name__: make
    for make in (
        passports,
        french_pills,
        slimming,
        dating,
        keys,
        russian_loans,
        spanish_pills,
        german_casino,
    )
}
