"""Sentences to tune the detector on, of phrases and names that the tagger is not trained with; see personal_names.

    python scripts/train/personal_development.py --count 1500 > development.jsonl
    b2t privacy evaluate --gold development.jsonl

The names are this file's own (lists may hold some of them all the same, as lists do). No set that measures was looked at.
"""

# ruff: noqa: E501, SIM905
from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Sequence
from typing import Any, Final

FIRST: Final = (
    "Marlene Tobias Ingeborg Declan Shauna Kwabena Yetunde Ruslan Bettina Heidi Lachie Bronwyn Padma Sukrit Mitsuo Chiyoko Yusra Idris "
    "Ottoline Barnaby Leocadia Ximena Evaristo Gwendolyn Thibault Solène Anouk Maarten Liesbeth Zbigniew Grażyna Oddny Ragnvald Tuukka "
    "Aliisa Zsombor Boglárka Slavica Nedeljko Aysel Emre Dilnoza Temur Phyllis Earl Wanda Clyde Rosalind Ethel Kenneth Jenna Brandon Tyler "
    "Megan Caitlin Joshua Robert Susan Linda Patricia Thomas Wendy Henrik Frederikke Qadir Ntombi Xolani"
).split()
LAST: Final = (
    "Wojciechowska Lindqvist Brandvold Hakkarainen Csonka Grabovac Özdemir Karimov Nascimento Echeverría Boissonneault Delacroix Vandenberghe "
    "Hooijmans Schweinsteiger Holzapfel Pfeiffer Rasmussen Thorsteinsson McIlwraith Featherstonehaugh Abernathy Pennington Hargreaves Stubbs "
    "Okwuosa Adeniran Mbeki Tshabalala Gebreyes Farrokhzad Bakhtiari Al-Masri Haddou Subramanian Chattopadhyay Weerasinghe Phetdee Nguyễn Trần "
    "Hsueh Oyamada Kuwabara Jeong Johnson Miller Baker Young King Stone Hill Brown Rivera Castillo Ferrari Conti Lombardi Silva Costa Dubois "
    "Moreau Petersen Novotný"
).split()
CITIES: Final = (
    "Springfield|Leeds|Kilmarnock|Tralee|Wollongong|Dunedin|Moose Jaw|Saskatoon|Boise|Tulsa|Chattanooga|El Paso|San Antonio|Baton Rouge|Fargo|"
    "Vejle|Skive|Odder|Bø|Sandnes|Umeå|Kiruna|Vaasa|Kajaani|Zwolle|Assen|Brugge|Gießen|Würzburg|Bad Homburg|Linz|Bregenz|Chur|Locarno|Bergamo|"
    "Lecce|Cádiz|Badajoz|Coimbra|Faro|Limoges|Brest|Saint-Malo|Szeged|Pécs|Kranj|Ptuj|Zadar|Niš|Plovdiv|Iași|Gdynia|Łódź|Olomouc|Kaunas|Daugavpils|"
    "Izmir|Adana|Mombasa|Kisumu|Enugu|Kumasi|Nuuk|Akureyri|Da Nang|Chiang Mai|Cebu|Nagpur|Mysore|Kobe|Sapporo|Daegu|Chengdu|Porto Alegre|Rosario|"
    "West Haven|North Bay|Ashby|Hollowell|Little Marsden|Oakridge Falls"
).split("|")
COUNTRIES: Final = (
    "Norway|Portugal|Kenya|Vietnam|Uruguay|Slovenia|Morocco|South Korea|New Zealand|Costa Rica|Ireland|Canada".split(
        "|"
    )
)
ORGS: Final = (
    "Halvorsen Shipping AS|Brightwater Analytics|Okafor & Partners|Nordlicht Verlag GmbH|Pennington, Hill and Stubbs|Castillo Group|Vandenberghe NV|"
    "Silva-Costa|Rivera Inc|Moreau SARL|Baker LLC|Young and Sons|Kuwabara Heavy Industries|Red Lantern Books|Lakeview Dental|University of Zagreb|"
    "Trondheim University Hospital|St. Agnes High School|Ministry of Fisheries|Bank of Ireland|Sunrise Credit Union|Green Valley Farms|Nokia|Tesco|"
    "Siemens|Procter & Gamble|Spotify|BBC|NASA|Lufthansa|Toyota|Goldman Sachs|World Health Organization|Stanford University|Hooijmans Logistics BV|"
    "Conti S.p.A.|Blue Harbor Insurance|Quantum Leap Software Ltd|The Copper Kettle|Ferrari Brothers|Local 12|Adeniran Foundation|Thorsteinsson ehf|"
    "Atlas Copco|Maple Leaf Foods|Iron Horse Brewing Co.|KLM|Deutsche Post|Banco Popular|Crédit Lyonnais"
).split("|")
STREETS: Final = (
    "{n} Willow Creek Road|{n} West {n} Street|{n} Maple Ave Apt {n}|{n}B Harrow Lane|{n} Rue Victor Hugo|Lindenallee {n}|Hauptstr. {n}|Via Garibaldi {n}|"
    "Calle Cervantes {n}|C/ Olmo, {n}|Kerkstraat {n}|Storgatan {n}|Nørregade {n}|Vesterbrogade {n}, 2. tv|Kongens gate {n}|Mannerheimintie {n} A {n}|"
    "Kossuth utca {n}|ul. Długa {n}/{n}|Cesta na grad {n}|Skólavörðustígur {n}|Rua Augusta, {n}|P.O. Box {n}|{n} Old Mill Ct|{n} Fairview Terrace|"
    "{n} Boundary Street|{n} chemin du Moulin|Am Bahnhof {n}|{n} Sycamore Fork Road|Flat {n}, {n} High Street|Unit {n}, {n} Canal Wharf|"
    "{n} Highway {n}|Piazza Dante {n}|Avenida de la Paz {n}|Groenstraat {n}"
).split("|")
PHONES: Final = (
    "(212) 555-0{ddd}|212-555-0{ddd}|+1 415 555 0{ddd}|020 7946 0{ddd}|+44 7700 900{ddd}|07700 900{ddd}|06 12 34 5{d} {dd}|+33 6 12 34 5{d} {dd}|0151 23456{ddd}|"
    "+49 151 23456{ddd}|030 1234{ddd}|(030) 1234{ddd}|06-1234{dddd}|91 123 4{d} {dd}|+34 612 345 {ddd}|081 234 {dddd}|{dd} {dd} {dd} {dd}|+45 {dd} {dd} {dd} {dd}|"
    "08-123 4{d} {dd}|070-123 4{d} {dd}|041 234 {dd} {dd}|(02) 9876 {dddd}|02 9876 {dddd}|0412 345 {ddd}|(11) 91234-{dddd}|(061) {ddd}-{ddd}|(06 1) 234 {dddd}|"
    "555-{dddd}|1-800-555-{dddd}|415.555.{dddd}|01 234 {dddd}|0{dd} {ddd} {dd} {dd}|03-1234-{dddd}|(0{ddd}) {ddd}{ddd}|{ddd} {dd} {ddd}|8 (495) 123-{dd}-{dd}|"
    "+420 {ddd} {ddd} {ddd}|0{dddd} {ddd} {ddd}"
).split("|")
DATES: Final = (
    "{d}/{d}/19{dd}|0{d}/1{d}/20{dd}|19{dd}-0{d}-1{d}|1{d}.0{d}.19{dd}|March {d}, 19{dd}|{d} June 20{dd}|July {d}th, 20{dd}|the {d}th of August 19{dd}|May 19{dd}|"
    "1{d}-Mar-20{dd}|Oct {d}|Nov 1{d} 20{dd}|Saturday, {d} May|the fourth of May nineteen eighty|twenty first of June two thousand and one|"
    "0{d}/2{d}|1{d} December 19{dd} at 10:{d}5"
).split("|")
PHRASES: Final = r"""
Could somebody ring {p} back? The number is {h}.
{p} has not paid since {d}.
We regret to tell you that {o} cannot serve {c} any longer.
I ordered from {o} on {d} and nothing came to {a}.
Invoice for {p}, {a}
The flat at {a} belongs to {p}.
For questions write to {p} at {o}.
{o} is looking for drivers around {c}.
After {c} the bus stops in {c} and {c}.
Our daughter {f} studies in {c}, {k}.
My colleague {p} will be in {c} from {d} on.
{t} asked me to send the file to {o}.
Kindly ask {t} whether {d} suits.
There's nobody called {p} at this address.
Was it {f} or {f} who broke it?
{p}, could you take this one?
I can't find {c} on the map.
Does the train from {c} stop in {c}?
Anyone from {k} needs a visa.
{k} beat {k} last night.
The {o} card got swallowed.
How much does {o} pay its people?
I've been a customer of {o} for ages.
Talks between {o} and {o} broke down.
{o} will open in {c} next spring.
What I like about {c} is the river.
hello my name is {p} i live at {a} and my phone number is {h}
it's {p} here calling about the bill
yeah the name is {p}
{p} speaking
i need to move my appointment with {t}
im writing on behalf of {p} from {o}
my street is {s} in {c}
the parcel should go to {s}
can you get someone out to {a} today
we're just off {s}
my husband {f} lost his card in {c}
the card belongs to {p}
is the {c} branch open on sunday
i bank with {o}
i used to work for {o} in {c}
ask {f} about it
{f} said it would be there by {d}
put me through to {p}
tell {p} to call {h}
my birthday is {d}
i was born {d} in {c}
he was born on {d}
Dear {p},
Sincerely,\n{p}\n{o}
{p}\n{s}\n{c}
{p}\n{o}\n{a}\n{h}
{o}\n{a}
{a}
{p}
Attention: {p} ({o})
Deliver to: {p}, {s}, {c}, {z}
{c}, {d}
Zip: {z}
postal code {z}
Born: {d} in {c}
Phone: {h}
Tel. {h} or {h}
Fax {h}
Patient {p} was admitted on {d}.
Doctor: {t}
Author: {p} and {p}
{p} and {p} from {c} won.
Chairman {p} opened the meeting.
{p}'s brother works at {o}.
{p} was hired by {o} as a nurse.
The {l}s moved to {c}.
Mr {l} and Ms {l} disagree.
"I don't know," said {l}.
{l} scored in the last minute for {c}.
The film stars {p} as a pilot.
{p} (born {d}) is a painter from {c}.
Nobody at {o} could tell me.
Last week {f} drove to {c}.
Where did {p} study? At {o}.
I would rather talk to {f} {l}.
The lawyer, {t}, lives at {s}.
Whoever sold it to {p} works for {o}.
Between {d} and {d} I was in {k}.
My mother, {p}, moved in with {f}.
It was sent from {c} to {c} by {o}.
Nice to hear from you, {f}!
Please copy {p} and {p}.
{p} joined us in {c} on {d}.
Send flowers to {p}, {a}.
New tenant at {a}: {p}.
Complaint of {p} against {o}
""".strip().splitlines()
_SLOT: Final = re.compile(r"(\{[a-z]\})")


class Writer:
    phrases: Sequence[str] = PHRASES
    first: Sequence[str] = FIRST
    last: Sequence[str] = LAST
    cities: Sequence[str] = CITIES
    countries: Sequence[str] = COUNTRIES
    orgs: Sequence[str] = ORGS
    streets: Sequence[str] = STREETS
    titles: Sequence[str] = ("Dr.", "Mr.", "Mrs.", "Ms", "Prof.")

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311

    def line(self) -> dict[str, Any]:
        text, spans = "", []
        for part in _SLOT.split(self._dice.choice(self.phrases).replace("\\n", "\n")):
            label, piece = self._slot(part[1]) if _SLOT.fullmatch(part) else (None, part)
            if label:
                begin = len(text) + (piece.index(" ") + 1 if label == "TITLED" else 0)
                spans.append({"start": begin, "end": len(text) + len(piece), "type": label.replace("TITLED", "PERSON")})
            text += piece
        form = self._dice.random()
        if form < 0.15 and len(text.lower()) == len(text):
            text = text.lower()
        elif form < 0.18 and len(text.upper()) == len(text):
            text = text.upper()
        return {"text": text, "spans": spans}

    def _slot(self, which: str) -> tuple[str, str]:
        one = self._dice.choice
        person = f"{one(self.first)} {one(self.last)}"
        if which == "t":
            return "TITLED", f"{one(self.titles)} {one((one(self.last), person))}"
        street = re.sub(r"\{n\}", lambda _: str(self._dice.randint(1, 900)), one(self.streets))
        zip_code = one((self._digits(5), self._digits(5), self._digits(4), "SW1A 2AA", "1012 AB", "DK-8000", "K1A 0B1"))
        forms = {
            "p": ("PERSON", one((person, person, person, f"{one(self.first)} {one('ABCDEFG')}. {one(self.last)}"))),
            "q": ("TITLE", one(self.titles)), "f": ("PERSON", one(self.first)), "l": ("PERSON", one(self.last)), "c": ("LOCATION", one(self.cities)),
            "k": ("LOCATION", one(self.countries)), "o": ("ORGANIZATION", one(self.orgs)), "s": ("ADDRESS", street),
            "a": ("ADDRESS", one((f"{street}, {one(self.cities)}", f"{street}, {zip_code} {one(self.cities)}", f"{street}\n{one(self.cities)} {zip_code}",
                                  f"{street}, {one(self.cities)}, OH {self._digits(5)}", f"{street}\n{one(self.cities)}\n{one(self.countries)}"))),
            "h": ("PHONE_NUMBER", self._filled(one(PHONES))), "d": ("DATE_TIME", self._filled(one(DATES))), "z": ("ADDRESS", zip_code),
        }  # fmt: skip
        return forms[which]

    def _filled(self, form: str) -> str:
        return re.sub(r"\{(d+)\}", lambda found: self._digits(len(found[1])), form)

    def _digits(self, count: int) -> str:
        return "".join(self._dice.choice("123456789") for _ in range(count))


def main(kind: type[Writer] = Writer) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    writer = kind(given.seed)
    for _ in range(given.count):
        print(json.dumps(writer.line(), ensure_ascii=False))


if __name__ == "__main__":
    main()
