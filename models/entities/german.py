"""German: the words of numbers, dates, times and amounts, and the rules they follow. Compounds are split first."""

# ruff: noqa: SIM905
from __future__ import annotations

from typing import Final

from models.entities.lexicon import Lexicon, mapped, plain, table

_STEMS: Final = (
    "erst,zweit,dritt,viert,fünft,sechst,siebt,acht,neunt,zehnt,elft,zwölft,dreizehnt,vierzehnt,fünfzehnt,sechzehnt,"
    "siebzehnt,achtzehnt,neunzehnt,zwanzigst,einundzwanzigst,zweiundzwanzigst,dreiundzwanzigst,vierundzwanzigst,"
    "fünfundzwanzigst,sechsundzwanzigst,siebenundzwanzigst,achtundzwanzigst,neunundzwanzigst,dreißigst,einunddreißigst"
).split(",")
_ORDINALS: Final = ",".join(" ".join(stem + ending for ending in ("e", "en", "er", "em")) for stem in _STEMS)
_DATES: Final = (
    ("[WEEKDAY] [,] [der|den|dem] ORD=day MONTH=month [YEAR=year]", "day_of_month"),
    ("[WEEKDAY] [,] [der|den|dem] DAY=day [.] MONTH=month [YEAR=year]", "day_of_month"),
    ("[WEEKDAY] [,] [der|den|dem] ORD=day ORD=month [YEAR=year]", "day_of_month"),
    ("NUMERIC=date", "numeric"),
    ("heute [morgen|vormittag|nachmittag|abend]", "today"),
    ("morgen [früh|vormittag|nachmittag|abend]", "tomorrow"),
    ("gestern", "yesterday"),
    ("übermorgen", "in_two_days"),
    ("vorgestern", "two_days_ago"),
    ("[diesen|kommenden] WEEKDAY=weekday", "weekday"),
    ("nächsten|nächster|nächstem WEEKDAY=weekday", "next_weekday"),
    ("WEEKDAY=weekday nächste|nächster woche", "next_weekday"),
    ("nächste woche [am] WEEKDAY=weekday", "next_weekday"),
    ("letzten|vergangenen WEEKDAY=weekday", "last_weekday"),
    ("übernächsten WEEKDAY=weekday", "weekday_after_next"),
    ("WEEKDAY=weekday in COUNT=count wochen|woche", "weeks_from_weekday"),
    ("in COUNT=count DAYS=unit", "from_now"),
    ("heute in COUNT=count DAYS=unit", "from_now"),
    ("vor COUNT=count DAYS=unit", "ago"),
    ("[der|den|am] ORD=day dieses monats", "day_this_month"),
    ("[der|den|am] ORD=day nächsten monats", "day_next_month"),
    ("ende des monats", "end_of_month"),
    ("ende dieses monats", "end_of_month"),
    ("monatsende", "end_of_month"),
    ("ende nächsten monats", "end_of_next_month"),
    ("ende MONTH=month", "end_of_named_month"),
    ("anfang MONTH=month", "start_of_named_month"),
    ("anfang nächsten monats", "start_of_next_month"),
    ("ende des jahres", "end_of_year"),
    ("jahresende", "end_of_year"),
    ("[dieses] wochenende", "weekend"),
    ("nächstes wochenende", "next_weekend"),
    ("~am|zum|bis|vom|ab|den ORD=day CLOSED", "day_alone_after_word"),
    ("HOLIDAY=holiday [YEAR=year]", "holiday"),
)
_TIMES: Final = (
    ("HOUR=hour uhr [MINUTE=minute]", "clock_sure"),
    ("HOUR=hour uhr [MINUTE=minute] PART=part", "clock"),
    ("HOUR_WRITTEN=hour : MINUTE_WRITTEN=minute [uhr]", "clock"),
    ("HOUR_WRITTEN=hour . MINUTE_WRITTEN=minute uhr", "clock"),
    ("halb HOUR=hour [PART=part]", "half_to"),
    ("viertel nach HOUR=hour [PART=part]", "quarter_past"),
    ("viertel vor HOUR=hour [PART=part]", "quarter_to"),
    ("dreiviertel HOUR=hour", "quarter_to"),
    ("INT=minute [minuten] nach HOUR=hour [PART=part]", "minutes_past"),
    ("INT=minute [minuten] vor HOUR=hour [PART=part]", "minutes_to"),
    ("~um|gegen|ab|bis|vor|nach HOUR=hour [PART=part] CLOSED", "clock_after_word"),
    ("mittag|mittags", "noon"),
    ("mitternacht", "midnight"),
)
_MOMENTS: Final = (
    ("in COUNT=count HOURS=unit", "hours_from_now"),
    ("vor COUNT=count HOURS=unit", "hours_ago"),
    ("in einer halben stunde", "half_hour_from_now"),
    ("jetzt [sofort|gleich]", "now"),
)
_DURATIONS: Final = (
    ("COUNT=count UNIT=unit", "amount_of"),
    ("COUNT=count UNIT=unit und COUNT=more UNIT=other", "amount_of_both"),
    ("[eine|einer] halbe|halben stunde", "half_hour"),
    ("[ein|einem] halbes|halben jahr", "half_year"),
    ("[einer|eine] viertelstunde", "quarter_hour"),
    ("[einer|eine] dreiviertelstunde", "three_quarter_hours"),
    ("anderthalb|eineinhalb stunden", "an_hour_and_a_half"),
)
_MONEY: Final = (
    ("SIGN=currency NUM=amount", "money"),
    ("NUM=amount SIGN=currency", "money"),
    ("NUM=amount CURRENCY=currency [und] NUM=cents [CENTS]", "money_and_cents"),
    ("NUM=amount CURRENCY=currency", "money"),
    ("COUNT=amount CURRENCY=currency", "money"),
    ("NUM=cents CENTS=currency", "cents"),
    ("NUM=amount SLANG=times [CURRENCY=currency]", "money"),
)

GERMAN: Final = Lexicon(
    language="de",
    ones=table("null,ein eins eine einen einem einer,zwei zwo,drei,vier,fünf,sechs,sieben,acht,neun"),
    teens=table(
        "zehn,elf,zwölf,dreizehn,vierzehn,fünfzehn,sechzehn,siebzehn,achtzehn,neunzehn", first=10
    ),
    tens=table("zwanzig,dreißig,vierzig,fünfzig,sechzig,siebzig,achtzig,neunzig", first=20, step=10),
    hundred=plain("hundert"),
    scales={"tausend": 1000, "million": 1_000_000, "millionen": 1_000_000},
    joins_hundreds=plain("und"),
    ones_first="und",
    ordinals=table(_ORDINALS, first=1),
    ordinal_endings=plain(". te ten ter"),
    article=plain("ein eine einen einem einer"),
    half=plain("halb halbe halben halbes"),
    couple={"paar": 2, "dutzend": 12},
    point=plain("komma"),
    minus=plain("minus"),
    times={"doppel": 2},
    digit_zero=frozenset(),
    months=table(
        "januar jänner jan,februar feb,märz mrz,april apr,mai,juni juno jun,juli julei jul,august aug,"
        "september sept sep,oktober okt,november nov,dezember dez",
        first=1,
    ),
    weekdays=table("montag montags,dienstag,mittwoch,donnerstag,freitag,samstag sonnabend,sonntag"),
    units=mapped(
        second="sekunde sekunden", minute="minute minuten", hour="stunde stunden std", day="tag tage tagen",
        week="woche wochen", month="monat monate monaten", year="jahr jahre jahren",
    ),
    parts=mapped(
        morning="morgens früh vormittags vormittag morgen", afternoon="nachmittags nachmittag mittags",
        evening="abends abend", night="nachts nacht",
    ),
    currencies=mapped(
        EUR="euro euros eur", USD="dollar usd", GBP="pfund gbp", CHF="franken chf", JPY="yen", PLN="zloty",
    ),
    cents={"cent": "", "cents": "", "rappen": "CHF"},
    slang={"k": 1000, "mille": 1000, "riesen": 1000},
    comma=",",
    nations=mapped(CHF="schweizer", USD="amerikanische us", GBP="britische"),
    closing=plain(
        "um bitte wäre geht passt und bis oder wenn für danke weil nicht dann gegen am im in ab von vom zum ist war "
        "heute morgen aber würde montag dienstag mittwoch donnerstag freitag samstag sonntag früh abend"
    ),
    late=plain("abend abends nachmittag nachts"),
    holidays={
        "weihnachten": (12, 25), "heiligabend": (12, 24), "silvester": (12, 31), "neujahr": (1, 1),
        "nikolaus": (12, 6), "tag der arbeit": (5, 1), "tag der deutschen einheit": (10, 3),
    },
    rules={
        "date": _DATES,
        "date?": (("[der|den] ORD=day", "day_alone"), ("INT=day INT=month YEAR=year", "spoken_numeric")),
        "time": _TIMES,
        "time?": (("HOUR=hour", "clock"), ("HOUR=hour MINUTE=minute", "clock")),
        "moment": _MOMENTS,
        "duration": _DURATIONS,
        "money": _MONEY,
    },
)  # fmt: skip

_PIECES: Final = sorted(
    {word for word in (*GERMAN.ones, *GERMAN.teens, *GERMAN.tens, *GERMAN.hundred, *GERMAN.scales, "und", "einhalb")},
    key=len,
    reverse=True,
)


def split(word: str) -> tuple[str, ...]:
    """`zweihundertfünfzig` as its pieces; a word that is no number as itself."""
    if len(word) < 6 or word in GERMAN.ordinals or word in GERMAN.teens or word in GERMAN.tens:
        return (word,)
    found: list[str] = []
    rest = word
    while rest:
        piece = next((piece for piece in _PIECES if rest.startswith(piece)), None)
        if piece is None or len(found) > 12:
            return (word,)
        found.append(piece)
        rest = rest[len(piece) :]
    return tuple(found)
