"""Harder sentences to tune the detector on: held-out phrases, names that may be places, firms without a mark of one.

    python scripts/train/personal_held.py --count 2000 > held.jsonl
    b2t privacy evaluate --gold held.jsonl

Neither a phrase nor a shape of name is taken from what the tagger is trained with; written before it was trained.
"""

# ruff: noqa: E501, SIM905
from __future__ import annotations

from typing import Final

import personal_development as development

FIRST: Final = (
    "Chelsea Austin Sydney Florence Paris Victoria Georgia Carolina Savannah Brooklyn Jordan Israel Dakota Lincoln Houston Milan Adelaide "
    "Bradley Denise Marvin Gladys Roderick Yolanda Curtis Bernadette Lamar Trisha Gavin Elspeth Hamish Niamh Aoife Rhiannon Gethin "
    "Ulrike Hannelore Detlef Gernot Svenja Jolanta Krzysztof Agnieszka Radovan Vlasta Zdeněk Jiřina Ljiljana Tomislav Mateja Anže Borut "
    "Kirsi Pentti Eeva Jorma Þórdís Sigurjón Guðrún Mads Birgitte Torsten Gunilla Åse Tormod Ildikó Ferenc Kálmán Piroska Domenico "
    "Fiorella Gianluca Concetta Joaquim Benedita Vasco Aitana Gorka Itziar Rodrigo Nayeli Quetzalli Marisol Odalys Thierry Capucine Maëlle "
    "Gaëtan Wouter Femke Joost Sietske Ruud Murad Feride Çetin Gülsüm Azamat Nurlan Aigerim Gulnara Arkady Lyudmila Ilya Zinaida Hovhannes "
    "Anahit Tamaz Nino Fadwa Khadija Suleiman Zubair Maimuna Jabari Nyambura Makena Tendai Rudo Lindiwe Themba Obafemi Temitope Chukwuma "
    "Asmeret Yemane Mahlet Shirazeh Farzin Mehrdad Ashwin Lalitha Nandini Venkat Harpreet Gurdeep Tharindu Nilanjana Bao-Yu Weiwen Xiulan "
    "Guowei Shigeko Tomohiro Reika Kiyomi Hyejin Dongwook Minseo Phuong Thi-Lan Quoc Siriporn Anong Wirat Putri Bayu Wulan Malia Keoni Tane"
).split()
LAST: Final = (
    "Hamilton Bedford Wellington Lancaster Lincoln Jackson Houston Washington Burton Preston Kent Derby York Melrose Ashford Clifton "
    "Stafford Warwick Marlow Whitby Barnes Wells Banks Fields Rivers Woods Parks Bishop Knight Abbott Cook Carter Turner Fisher Shepherd "
    "Pratt Gaines Ogden Tuttle Blankenship Crenshaw Dunlap Esposito Fitzgerald Gutierrez Hofstetter Ibarra Jankowski Kowalczyk Lachance "
    "Mackintosh Nieuwenhuis Oyelaran Papadakis Quintanilla Rautio Szymański Tkachuk Uddin Vukasović Wuthrich Xhaka Yıldırım Zamboni "
    "Brzezicki Cvetković Dvořáková Ekström Fjeldsted Gudmundsdóttir Holmström Ivarsson Jokinen Kjeldsen Lönnroth Mészáros Nagygyörgy "
    "Ottesen Pospíšil Rozman Skovgaard Sandström Turunen Vestergaard Zupančič Abdulkadir Bereketab Chikwanha Danjuma Ezenwa Fanoukh "
    "Ghebremichael Habibullah Iroegbu Jahangiri Kazemzadeh Mutasa Ndlovu Onyekachukwu Rajapaksa Suryanarayana Thiruvengadam Venugopal "
    "Wijaya Ng Ho Tso Kwok Leung Hsieh Ogasawara Shimamoto Takenouchi Baek Hwang Seo Đặng Vũ Saetang Boonmee Teixeira Figueiredo Meneses "
    "Etxeberria Puigdomènech Villaseñor Zaragoza Bellerose Charbonneau Desrosiers Thibodeaux Guillory Vancoillie Terpstra Zuidema Brugman"
).split()
CITIES: Final = (
    "Madison|Jackson|Wilson|Charlotte|Taylor|Carson City|Allen|Marshall|Clinton|Nelson|Douglas|Stanley|Hastings|Palmer|Bath|Reading|Sale|"
    "Split|Essen|Nice|Tours|Angers|Baden|Mobile|Orange|Corona|Hope|Gap|Tanger|Viborg|Holbæk|Nyborg|Ringsted|Thisted|Hamar|Narvik|Vadsø|"
    "Lillesand|Borås|Falun|Ystad|Kotka|Imatra|Rauma|Húsavík|Selfoss|Delft|Oss|Goes|Hasselt|Aalst|Mechelen|Bielefeld|Görlitz|Plauen|Husum|"
    "Schwäbisch Gmünd|Villach|Steyr|Thun|Biel|Cremona|Potenza|Ragusa|Cuneo|Mérida|Lugo|Cáceres|Vinaròs|Viseu|Guarda|Évora|Pau|Niort|"
    "Châteauroux|Aix-les-Bains|Miskolc|Eger|Sopron|Maribor|Koper|Osijek|Karlovac|Užice|Kragujevac|Pleven|Ruse|Ploiești|Bacău|Radom|Kielce|"
    "Zielona Góra|Liberec|Zlín|Prešov|Šiauliai|Jelgava|Tartu|Vinnytsia|Poltava|Tver|Saratov|Gyumri|Kutaisi|Bursa|Trabzon|Erzurum|Nakuru|Eldoret|"
    "Arusha|Mbale|Jos|Ibadan|Tamale|Bulawayo|Mutare|Asmara|Gondar|Shiraz|Yazd|Kandy|Surat|Indore|Coimbatore|Sylhet|Multan|Hualien|Sendai|"
    "Kagoshima|Matsuyama|Ulsan|Jeonju|Huế|Can Tho|Khon Kaen|Medan|Bandung|Iloilo|Cochabamba|Arequipa|Valdivia|Mendoza|Curitiba|Belém|"
    "San Luis Potosí|Xalapa|Trois-Rivières|Red Deer|Moncton|Toowoomba|Ballarat|Timaru|Port Elizabeth|Truro|Dundee|Swansea|Newry|Athlone|"
    "Eau Claire|Bozeman|Scranton|Dayton|Macon|Yuma|Des Moines|Grand Rapids|Baraboo|Paducah|Sweetwater|Elk Grove|Cedar Bluff|East Hanover"
).split("|")
COUNTRIES: Final = "Denmark|Ghana|Peru|Lithuania|Thailand|Greece|Bolivia|Iceland|Senegal|Nepal|Japan|Croatia|the Philippines|Turkey|Chile|Egypt".split(
    "|"
)
ORGS: Final = (
    "Bright Horizons Daycare|Sound Advice|Second Chance Thrift|Paper Moon|Tidewater|Happy Paws|Grandma's Kitchen|Holloway's|Mama Rosa|"
    "Golden Wok|Blue Bottle|Pennywise|Northgate|Red Barn Feed|Handyman Plus|Rainbow Cleaners|Quick Lube|Best Value Tires|The Shoe Box|"
    "Harper Collins|Wolfe & Wolfe|Kirby-Pratt|Gaines Plumbing|Tuttle Brothers|Ogden's Garage|Blankenship & Dunlap LLP|Crenshaw Dental Group|"
    "Hofstetter Maschinenbau|Ekström Bygg AB|Kjeldsen & Søn|Zamboni Trasporti|Papadakis Shipping|Teixeira e Filhos|Szymański Meble|"
    "Rautio Oy|Boulangerie Charbonneau|Bäckerei Holz|Casa Lucio|Studio Nord|Alpha Tau|Delta Freight|Omni Health|Novatek|Zenfold|Cyberlink|"
    "Datavine|Medicore|Agrolux|Finbase|Kaldera|Lumira|Veritone|Trustwell|Homestead Mutual|Pacific Crest Title|Garden State Plumbing Supply|"
    "Old Mill Fabrics|Silver Lining Travel|Home Again Furniture|Family Fitness|Star Video|Wonder Burger|Natural Choice Lawn Care|"
    "Security First Alarms|Integrity Roofing|Action Auto Glass|Royal Carpet Cleaning|Discount Liquors|Super Saver|Budget Mart|"
    "Cartwright Elementary|Riverside Community College|Ashford Methodist Church|Whitby Rugby Club|Fisher Library|County Clerk's Office|"
    "Port Authority|Marine Mammal Center|Federal Trade Commission|Chamber of Commerce|Teachers Union|Royal Ballet|Danish Refugee Council|"
    "Kent State|Preston North End|Dundee Council|Swansea Building Society|Bursa Tekstil|Sendai Optical|Medan Rubber|Bank Mandiri|"
    "Lufthansa|Vodafone|Siemens|Nestlé|Walmart|Pfizer|Netflix|Samsung|Barclays|UNICEF|Honda|Oracle|BMW|IKEA|HSBC"
).split("|")
STREETS: Final = (
    "{n} Quail Hollow Drive|{n} Jackson Ave|{n} N Lincoln Blvd|{n} S. {n}th Street|{n} Melrose Court, Unit {n}|{n} Fisher Row|{n}/{n} Wells Crescent|"
    "{n} Burton Way #{n}|Suite {n}, {n} Corporate Center Dr|Apt. {n}, {n} Preston Park|Rosenstraße {n}|Bahnhofplatz {n}|Im Winkel {n}|"
    "{n}, avenue du Général Leclerc|{n} bis rue Pasteur|Paseo de Gracia, {n}, {n}º|Avda. Constitución {n}|Viale dei Mille, {n}|Strada Nuova {n}|"
    "Oude Gracht {n}|Dorpsstraat {n} B|Östra Hamngatan {n}|Søndergade {n}, st. th.|Bjørkeveien {n}|Kirkkokatu {n} B {n}|Petőfi Sándor u. {n}.|"
    "ul. Lipowa {n} m. {n}|Slovenska cesta {n}|Travessa do Carmo {n}|PO Box {n}|Rural Route {n}, Box {n}|{n} Marine Parade|{n} Kings Road|"
    "{n} The Green|{n} Church Walk|{n} County Road {n}|Laugavegur {n}|Hoofdweg {n}|Grünerløkka {n}|{n} Tanglewood Lane"
).split("|")
TITLES: Final = (
    "Mr.",
    "Mr",
    "Mrs.",
    "Mrs",
    "Ms.",
    "Ms",
    "Miss",
    "Dr.",
    "Dr",
    "Prof.",
    "Professor",
    "Sir",
    "Rev.",
    "Reverend",
    "Lady",
    "Herr",
    "Frau",
)
PHRASES: Final = r"""
Is there any way {p} could be moved to the earlier slot?
Quick one: does {f} still have the spare key for {s}?
{f} was unwell, so {f} drove her to the clinic in {c}.
So I told {f}, listen, {o} is never going to honour that warranty.
We've had two letters from {o} this week and neither makes sense.
Honestly {f} deserves better than {c}.
The {l} account is overdue.
Ring {l} before noon, {l} after.
They named the baby {f}.
A certain {p} keeps emailing me from {c}.
Whatever {p} told you, {o} isn't for sale.
Loved every minute at {o}, will be back!
{o} ruined our anniversary.
Avoid {o} at all costs, ask for {f} if you must.
Shout-out to {f} at {o} who sorted everything within minutes.
Worst meal we had in {c} was at {o}.
Between us, {o} is about to be bought by {o}.
I am filing a grievance on behalf of {p} against {o}.
The undersigned, {p}, residing at {a}, hereby declares the following.
This lease is made between {p} (landlord) and {p} (tenant) for the premises at {a}.
Signed at {c} on {d} in the presence of {p}.
Executor of the estate: {p}, {a}.
Plaintiff {p} alleges that {o} failed to deliver.
Counsel for {o}, {q} {p}, objected.
In the matter of {l} versus {l}
{q} {l} presided.
{q} {l} will be operating on you tomorrow.
{q} {p} has reviewed the scans.
{q} {l}'s clinic is closed until {d}.
Pt {p}, seen {d}, referred to {q} {l} at {o}.
Mother: {p}. Father: {p}.
Allergies recorded for {p}: none.
{p}, aged 57, collapsed outside {o}.
GP is {q} {l}, practice at {s}, {c}.
Discharge letter sent to {o}, cc {q} {p}.
Room 12: {l}. Room 14: {l}.
Officers were called to {s} shortly after midnight.
Firefighters from {c} and {c} took three hours to control the blaze.
{c}'s council voted against the stadium.
{p} of {c} has pleaded guilty.
{p}, a retired teacher from {c}, said she heard a bang.
Shares in {o} tumbled while {o} gained four percent.
{o} denies the claims made by {p}.
The {o} strike enters its second week in {c}.
Snow is forecast for {c}, rain for {c}.
Exports from {k} to {k} doubled.
{k} has recalled its ambassador to {k}.
{q} {l} flew to {k} for talks with {q} {l}.
Kick-off in {c} is at eight.
{l} equalised before {l} was sent off.
{l} to {l}, back to {l}, goal!
In {c} the runners-up were {p} and {p}.
{p} holds the course record in {c}.
She plays the cello for {o}.
My favourite author has to be {p}.
{p}'s debut album was recorded in {c}.
Anything new from {p} this year?
Who directed it, {p} or {p}?
{p} is buried in {c}.
The statue of {p} in {c} was removed.
Two tickets to {c}, one way.
I'd need a cab from {s} to {c} airport.
Is there a ferry between {c} and {c}?
Change at {c} for {c}.
Lost: black suitcase, {c} to {c}, belongs to {p}.
Where in {c} did you stay?
Can you get decent coffee in {c}?
{c} was freezing.
{c} here we come
{c} or {c}, which one is cheaper?
Anywhere but {c}.
We honeymooned in {k}.
Born and bred in {c}.
He's a {c} lad.
Our plant in {c} closes in spring.
I'm moving out of {s} at the end of the month.
There's roadwork all along {s}.
The meter at {a} hasn't been read since {d}.
Your engineer went to {s} rather than {s}.
Please redirect post for {p} to {a}.
Forwarding address\n{p}\n{a}
{p}\n{a}\n{k}
{q} {p}\n{o}\n{a}
Ship-to: {o}, Attn {p}, {a}
Bill-to: {p}, {a}
Consignee {o}, {s}, {c}
Pick-up: {s}, {c}. Drop-off: {a}.
Site: {a}. Keyholder: {p}, tel {h}.
{p} | {o} | {h}
--\n{p}\n{o}\n{h}
Warmly,\n{f}
Talk soon, {f}
Best, {f} {l}
Respectfully yours,\n{q} {p}
Hello {q} {l}, thank you for calling {o}.
Hiya {f}
ok {f} ill do that
{f} pls call ur mum
lol {f} you're hopeless
@{f} can you look at this
did u see {f} at {o} yesterday
omg {f} moved to {c}
good afternoon {o} {f} speaking
thanks for holding {f} my name is {f} i will be taking your details
can i take your name it's {f} and the surname {l}
surname is {l} first name {f}
yes the policy is under {p} at {s}
could you spell that {l}
i was put on hold by {f} for an hour
i was told by {f} in {c} that {o} would refund me
i need to add my partner {p} to the account
take my ex {f} off the joint account please
the standing order to {p} should stop
pay {p} fifty and {p} thirty
who is {p} and why is he on my statement
there's a charge from {o} that isn't mine
{o} took money twice
i never shopped at {o}
whats {o} doing on my bill
how do i unsubscribe from {o}
i work nights at {o} in {c}
my wages from {o} come in on the first
i am a pensioner living in {c}
i left {k} when i was six
i'm calling from {c}
we used to be on {s} but now we are at {a}
the postcode lottery never comes to {c}
{f} has my power of attorney
{f} passed away on {d}
my late husband {p} had an account with you
it was in my maiden name {l}
the cheque is payable to {o}
{p} countersigned it
Minutes taken by {p}. Apologies: {p}, {q} {l}.
Action: {f} to chase {o}. Owner: {l}.
{f} proposed, {f} seconded.
{l} to present the figures for {c}.
Candidate {p} interviewed well, previously at {o} and {o}.
References: {q} {p} ({o}), {p} ({o}).
2015 to 2019: {o}, {c}
Education: {o}, {c}
{p} reports to {p}.
Reassigned from {f} to {f}
{p} approved your request
Ticket raised by {p} ({o})
Caller: {l}; callback {h}
Last edited by {p} on {d}
{p} has invited you to {o}
{p} shared a folder with {p}
Payment received from {p}
You sent {p} $40
Order for {p} has left {c}
Guest name {p}, arriving {d}
Seat 14C {l}/{f}
Teacher: {q} {l}, class of {p}
{f} and {f} {l} request the pleasure of your company
The {l}s are coming over from {c}.
{f}'s and {f}'s rooms
{f} – 7, {f} – 9
What's {f}'s deal?
Poor {f}.
It's {l}, not {l}.
{f} who?
Not {f} again!
If only {p} were here.
To {f}, with love
Speaking as a {c} resident, I agree with {p}.
{o} hired {p} away from {o}.
According to {o}, {k} will grow faster than {k}.
Regulars at {o} on {s} are furious.
The {o} van blocked {s} all morning.
A donation to {o} in memory of {p}
Proud sponsor of {o}
{p} chairs {o}.
I studied under {q} {l} at {o}.
The {o} people never call back.
Ask anyone at {o}.
Nobody beats {o} on price.
Is {o} any good?
{o} closed down years ago.
{o}? Never heard of them.
""".strip().splitlines()
ALL: Final = (*PHRASES, *development.PHRASES)


class Writer(development.Writer):
    phrases = PHRASES
    first, last, cities, countries, orgs, streets = FIRST, LAST, CITIES, COUNTRIES, ORGS, STREETS
    titles = TITLES


if __name__ == "__main__":
    development.main(Writer)
