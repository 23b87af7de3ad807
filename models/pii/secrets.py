"""Passwords, pass phrases, keys and tokens: what lets somebody in, and so may be stored in no form.

By the words that lead up to them (`my password is …`, `api key: …`, in English, German, Spanish and French), by the
published beginnings of keys and tokens, by their form (JSON web tokens, private keys, connection strings), and at last
by looks: long, of small letters, capitals and digits in no order. Talk of passwords alone is left as it is.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from appliance.ports import PersonalSpan
from models.pii.key_beginnings import KNOWN
from models.pii.normalising import Plain
from models.pii.secret_words import (
    CHANGED,
    KEY_WORDS,
    LINK,
    NOT_VALUES,
    PASSWORD_WORDS,
    PHRASE_WORDS,
    STATES,
    STOPS,
    UNITS,
)

PASSWORD: Final = "PASSWORD"  # noqa: S105 - a kind
SECRET: Final = "SECRET"  # noqa: S105 - a kind
_SURE: Final = 0.95
_LONG: Final = 15
"""So long are tokens at least that are known by how they begin; those that nothing names are of twenty signs."""
_LONG_WORD: Final = re.compile(rf"\S{{{_LONG},}}")
_BEFORE_IT, _AFTER_IT = 100, 260
_ABOUT: Final = (
    "pass", "pw", "psw", "mdp", "wort", "clave", "contrase", "frase", "phrase", "codewo", "code wo", "word",
    "mot secret", "palabra", "mnemonic", "wiederherst", "satz",
)  # fmt: skip
_KEYS: Final = (
    "key", "token", "secret", "bearer", "authori", "schlüssel", "jeton", "clé", "clave", "credential", "sig=",
    "signature", "backup code", "recovery code", "pwd=", "password=",
)  # fmt: skip
_OF: Final = (
    r"(?: (?:for|of|on|to|in|at|from|behind|für|von|vom|zum|zur|zu|im|am|beim|para|del|de|en|pour|du|des|au|sur)"
    r" (?!(?:is|ist|es|est)\b)[\w.'-]+(?: (?!(?:is|was|are|ist|war|lautet|es|era|est|and|und|y|et)\b)[\w.'-]+){0,4}?"
    r"| (?:that |which )?(?:i|we|you|they|he|she) (?:use|used|have|had|has|set|chose|typed|entered|wrote|want|wanted|"
    r"need|needed|gave|asked for|should use|can use)(?: (?!(?:is|was)\b)[\w.'-]+){0,3}?)?"
)
_LED: Final = re.compile(
    rf"\b(?:(?P<phrase>{PHRASE_WORDS})|(?P<password>{PASSWORD_WORDS}))\b"
    rf"(?:{_OF}(?P<link>{LINK})|(?P<beside>[\s,.?!/-]{{1,9}}))"
)
_ELSEWHERE: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,64}\.[a-z]{2}|[a-z]{1,20}://|www\.")
"""What stands after a password's sentence and is none."""
_THING: Final = re.compile(r"[a-z]+-?[0-9]+")
_SAID_ALONE: Final = re.compile(r"\W*(?:$|\n|[.!?]\s|(?:please|thanks|thank|bitte|danke|gracias|merci)\b)")
"""What stands after `password? hunter2`, and not after `new password? iphone15 says no`."""
_CHANGED: Final = re.compile(
    rf"\b(?:{CHANGED})\b[^.!?;\n]{{0,40}}?\b(?:{PASSWORD_WORDS})\b{_OF} "
    r"(?:to|auf|in|a|en|à|por) "
)
_BEFORE: Final = re.compile(
    r"(?<!\S)(?P<value>[^\s]{3,64})[ ,]+(?:(?:is|was|ist|war|es|era|est|c'est|that'?s|that is|das ist) (?:(?:my|"
    r"the|our|mein|das|unser|mi|la|"
    r"mon|le|its) )"
    rf"|(?:as|als|como|comme) (?:(?:my|the|mein|mi|la|mon|le) )?)(?:[\w-]+ ){{0,2}}?(?:{PASSWORD_WORDS}|"
    rf"{PHRASE_WORDS})\b"
)
_KEYED: Final = re.compile(
    rf"\b(?:{KEY_WORDS})\b[\"'’]?(?:{_OF}{LINK}|[ ,]+)[\"'“”‘’`<(]*"
    r"(?:(?:bearer|basic|token) )?(?=(?P<value>[\w+/=.~:@!#$%^&*|-]{6,256}))"
)
_PARAMETER: Final = re.compile(
    r"[?&;,](?:[a-z]+[_-])?(?:api_?key|key|token|secret|sig|signature|auth|password|pwd|code|accountkey|"
    r"sharedaccesskey)=(?P<value>[^\s&;\"'<>]{6,256})"
)
_SCHEME: Final = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,64}:[^\s@\"'<>]{1,128}@[^\s\"'<>]{1,500}")
_USER: Final = re.compile(r"(?<= -u )[^\s:]{1,64}:(?P<value>\S{3,})")
_PRIVATE: Final = re.compile(
    r"-----\s?begin [a-z0-9 ]{0,30}private key(?: block)?\s?-----"
    r"(?:[\s\S]*?-----\s?end [a-z0-9 ]{0,30}private key(?: block)?\s?-----|[\s\S]*)"
)
_OPAQUE: Final = re.compile(r"[a-z0-9_+/=-]{20,}")
_TICKET: Final = re.compile(r"(?:inc|req|tkt|sr|chg|ritm|ticket|order|case|prb|task|win(?:dows)?|office|o)[#-]?[0-9]+")
_SIGNS: Final = re.compile(r"[@#$%^&*+=~|\\<>{}]|[!?](?=\w)")
_TOKEN: Final = re.compile(r"\S+")
_LOOKED_AT, _CUT_FROM = 256, 120
_VERY_LONG_WORD: Final = re.compile(rf"\S{{{_CUT_FROM},}}")
_QUOTED: Final = re.compile(r"[\"'“„«‚‘`]([^\"'“”„«»‘’`\n]{1,80})[\"'”“»’`](?!\w)")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ENDS: Final = re.compile(r"[.!?;:](?=\s|$)|\n|,(?=\s)")
_TALK_GOES_ON: Final = re.compile(
    r"\b(?:and|but|so|because|und|aber|weil|y|pero|et|mais) (?:i|my|it|the|can|could|please|now|then|what|how|"
    r"that|you|we|"
    r"ich|mein|es|das|bitte|kann|können|mi|es|la|no|puede|je|mon|il|le|ça|pouvez)\b|\b(?:please|thanks|"
    r"thank you|bitte|danke|"
    r"por favor|gracias|merci|s'il vous plaît)\b"
)
_CAPITAL: Final = ("capital", "lowercase", "uppercase", "small", "groß", "klein", "mayúscula", "majuscule")
_SPELLED_DIGITS: Final = frozenset(
    (
        "zero oh one two three four five six seven eight nine null eins zwei zwo drei vier fünf sechs sieben acht neun "
        "cero uno dos tres cuatro cinco seis siete ocho nueve zéro un deux trois quatre cinq sept huit neuf dash dot"
    ).split()
)
_SPELLING: Final = ("as", "for", "wie", "como", "comme")
_MOST_WORDS: Final = 8
_PHRASE_MOST: Final = 400


def secrets(seen: Plain, text: str) -> list[PersonalSpan]:
    """Spans in `seen`, which is `text` made plain: what the case of letters tells is taken from there."""
    plain = seen.text
    found: list[PersonalSpan] = []
    for start, end in near(plain, _ABOUT, _BEFORE_IT, _AFTER_IT):
        found += _passwords(seen, text, start, end)
    for start, end in near(plain, _KEYS, _BEFORE_IT, _AFTER_IT):
        found += _keys(seen, text, start, end)
    if "private key" in plain:
        found += [_span(match.start(), match.end(), SECRET) for match in _PRIVATE.finditer(plain)]
    if " -u " in plain:
        found += [_span(*match.span("value"), SECRET) for match in _USER.finditer(plain)]
    if "://" in plain:
        found += [_span(match.start(), match.end(), SECRET) for match in _SCHEME.finditer(plain)]
    for word in _LONG_WORD.finditer(plain):
        found += _by_form(seen, text, *word.span())
    return _to_their_ends(plain, found)


def _to_their_ends(plain: str, found: list[PersonalSpan]) -> list[PersonalSpan]:
    """No more than the beginning of a very long word is looked at, so that many names before it take no long time: what
    was cut off there goes too."""
    words = [word.span() for word in _VERY_LONG_WORD.finditer(plain)]
    if not words:
        return found
    begins, ended = [start for start, _ in words], []
    for span in found:
        at = bisect_right(begins, span.end - _CUT_FROM) - 1
        end = words[at][1] if at >= 0 else 0
        ended.append(replace(span, end=end) if span.end < end else span)
    return ended


def near(text: str, words: Sequence[str], before: int, after: int) -> list[tuple[int, int]]:
    """The parts of a text around any of `words`, in order and apart."""
    places = []
    for word in words:
        at = text.find(word)
        while at >= 0:
            places.append(at)
            at = text.find(word, at + 1)
    parts: list[tuple[int, int]] = []
    for at in sorted(places):
        start, end = max(0, at - before), min(len(text), at + after)
        if parts and start <= parts[-1][1]:
            parts[-1] = parts[-1][0], end
        else:
            parts.append((start, end))
    return parts


def _passwords(seen: Plain, text: str, start: int, end: int) -> list[PersonalSpan]:
    plain = seen.text
    spans: list[PersonalSpan] = []
    for match in _LED.finditer(plain, start, end):
        if match["link"] is None:
            spans += _beside(seen, text, match.end())
        elif match["phrase"]:
            spans += _phrase(plain, match.end())
        else:
            spans += _value(seen, text, match.end())
    spans += [span for match in _CHANGED.finditer(plain, start, end) for span in _value(seen, text, match.end())]
    for match in _BEFORE.finditer(plain, start, end):
        first, last = _bare(plain, *match.span("value"))
        before = plain[max(0, first - 8) : first].rstrip(" ")
        word = plain[first:last]
        if last - first > 2 and (
            _opaque(seen, text, first, last)
            or (word.isalpha() and _is_value(word) and (not before or before[-1] in ".!?;:,\n"))
        ):
            spans.append(_span(first, match.end("value"), PASSWORD))
    return spans


def _beside(seen: Plain, text: str, start: int) -> list[PersonalSpan]:
    """`password hunter2`: only what cannot be a word."""
    quoted = _QUOTED.match(seen.text, start)
    if quoted:
        return [_span(start, quoted.end(), PASSWORD)] if _one_value(quoted[1]) else []
    token = _TOKEN.match(seen.text, start, start + _LOOKED_AT)
    if token is None:
        return []
    begin, end = _bare(seen.text, *token.span())
    new_sentence = seen.text[start - 1] in ".?!/\n" or seen.text[start - 2] in ".?!/"
    if new_sentence and _ELSEWHERE.match(seen.text, begin, end):
        return []
    if new_sentence and _THING.fullmatch(seen.text, begin, end) and not _SAID_ALONE.match(seen.text, end):
        return []
    named = _TICKET.fullmatch(seen.text, begin, end)
    if end - begin > 4 and not named and _opaque(seen, text, begin, end):
        return [_span(begin, token.end(), PASSWORD)]
    return []


def _one_value(quoted: str) -> bool:
    return any(_is_value(word) for word in quoted.split())


def _value(seen: Plain, text: str, start: int) -> list[PersonalSpan]:
    """What stands where a password is said: a token that is no word, or words that do not speak of it."""
    plain = seen.text
    quoted = _QUOTED.match(plain, start)
    if quoted:
        return [_span(start, quoted.end(), PASSWORD)] if _one_value(quoted[1]) else []
    first, last, count, singly = -1, -1, 0, False
    for token in _TOKEN.finditer(plain, start, start + 200):
        begin, end = _bare(plain, *token.span())
        if begin >= end:
            if first >= 0 or "\n" in plain[start : token.start()]:
                break
            continue
        word = plain[begin:end]
        opaque = _opaque(seen, text, begin, end)
        spelled = len(word) == 1 or word in _SPELLED_DIGITS
        if first < 0:
            if not (opaque or _said(plain, word, end)):
                return []
            first = begin
        elif not opaque and (word in STOPS or not count < _MOST_WORDS) and not (singly and spelled):
            break
        last, count = token.end() if opaque else end, count + 1
        singly = len(word) == 1 or word in _CAPITAL or (singly and spelled)
        if _ENDS.match(plain, end) or "\n" in plain[token.end() : token.end() + 1]:
            break
    if first < 0:
        return []
    return [_span(first, last + (plain[last : last + 1] == "!"), PASSWORD)]


def _said(plain: str, word: str, end: int) -> bool:
    """Whether a plain word is a password, and no talk of one: `is wrong`, `is twelve characters long`."""
    rest = _TOKEN.findall(plain, end, end + 60)
    following = rest[0].strip(".,;:!?") if rest else ""
    ended = bool(_ENDS.match(plain, end)) or not following
    if word in STATES:
        return not ended and len(rest) > 1 and not {following, rest[1].strip(".,;:!?")} & STOPS
    if word.isdigit():
        return len(word) > 3 and following not in UNITS
    if following in UNITS or (word == "one" and following in STOPS):
        return False
    if len(word) == 1:
        return not ended and (
            len(following) == 1 or following.isdigit() or following in ("as", "for", "wie", "como", "comme")
        )
    return _is_value(word)


def _is_value(word: str) -> bool:
    """Of a word in plain letters."""
    return word not in STOPS and word not in STATES and not NOT_VALUES.fullmatch(word)


def _phrase(plain: str, start: int) -> list[PersonalSpan]:
    """All that is said of a pass phrase, to the end of the sentence or to where they talk of something else."""
    most = min(len(plain), start + _PHRASE_MOST)
    end = _ENDS.search(plain, start, most)
    goes_on = _TALK_GOES_ON.search(plain, start, most)
    last = min(one.start() for one in (end, goes_on) if one) if end or goes_on else most
    said = [word.strip("\"'“”„«»‘’`.,;:!?") for word in _TOKEN.findall(plain, start, last)]
    said = [word for word in said if word]
    if not said or said[0] in STOPS or (len(said) < 3 and not _is_value(said[0])) or NOT_VALUES.fullmatch(said[0]):
        return []
    if sum(map(_is_value, said)) * 2 < len(said):
        return []
    return [_span(start, start + len(plain[start:last].rstrip()), PASSWORD)]


def _keys(seen: Plain, text: str, begin: int, finish: int) -> list[PersonalSpan]:
    spans = []
    for match in _KEYED.finditer(seen.text, begin, finish):
        start, end = _bare(seen.text, *match.span("value"))
        word = seen.text[start:end]
        digits = sum(map(str.isdigit, word))
        if _TICKET.fullmatch(word) or digits == len(word) < 20 or (digits + word.count("-") == len(word) < 20):
            continue
        if (
            (len(word) >= 8 and _opaque(seen, text, start, end))
            or (len(word) >= 16 and not _WORD.fullmatch(word[:24]))
            or len(word) >= 24
        ):
            spans.append(_span(start, match.end("value"), SECRET))
    return [*spans, *(_span(*match.span("value"), SECRET) for match in _PARAMETER.finditer(seen.text, begin, finish))]


def _by_form(seen: Plain, text: str, start: int, end: int) -> list[PersonalSpan]:
    plain = seen.text
    spans = [_span(match.start(), match.end(), SECRET) for match in KNOWN.finditer(plain, start, end)]
    for match in _OPAQUE.finditer(plain, start, end):
        if _random(text[slice(*seen.span(match.start(), match.end()))]):
            spans.append(_span(match.start(), match.end(), SECRET))
    return spans


def _random(token: str) -> bool:
    """Small letters, capitals and digits, one sort after another as in no name: `InvoiceMarch2024Final` is one."""
    sorts = ["a" if one.islower() else "A" if one.isupper() else "0" if one.isdigit() else "-" for one in token]
    numbers = sum(one != "0" == other for one, other in pairwise(["", *sorts]))
    turns = sum(one != other for one, other in pairwise(sorts))
    return {"a", "A", "0"} <= set(sorts) and numbers > 1 and turns >= 0.4 * len(token)


def _opaque(seen: Plain, text: str, start: int, end: int) -> bool:
    """Letters and digits together, signs, or capitals in the middle: no word of any language."""
    word = seen.text[start:end]
    if len(word) < 4:
        return False
    digit = any(map(str.isdigit, word))
    letter = any(map(str.isalpha, word))
    if (digit and letter) or (_SIGNS.search(word) and (digit or letter)):
        return True
    shown = text[slice(*seen.span(start, end))]
    return letter and bool(re.search(r"[a-zß-ÿ][A-ZÀ-Þ]", shown)) and "-" not in shown


def _bare(plain: str, start: int, end: int) -> tuple[int, int]:
    """Without the marks around it."""
    while start < end and plain[start] in "\"'“”„«»‘’`([<,;":
        start += 1
    while end > start and plain[end - 1] in "\"'“”„«»‘’`)]>,;.:!?":
        end -= 1
    return start, end


def _span(start: int, end: int, kind: str) -> PersonalSpan:
    return PersonalSpan(start, end, kind, _SURE, secret=True)
