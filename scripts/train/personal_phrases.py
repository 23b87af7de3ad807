"""The sentences that names, places and organisations are learned from, written for this project.

A slot is `{p}` person, `{f}` first name, `{l}` last name, `{t}` title and name, `{c}` town or region, `{k}` country,
`{a}` address, `{s}` street line, `{o}` organisation, `{n}` nationality; and what is none of these: `{d}` date, `{i}`
digits, `{m}` amount, `{e}` e-mail, `{u}` URL, `{h}` phone, `{w}` common word, `{j}` job, `{z}` a term of the trade,
`{y}` a heading.
"""

# ruff: noqa: SIM905
from __future__ import annotations

from typing import Final

WITH: Final = r"""
my name is {p}
i moved from {c} to {c} last year
air tickets from {o}
flight to {c} cancelled by {o}
{p}'s colleague in {c}
{o} in {c} and {o} in {c}
absent: {l}, {f}; {l}, {f}
{l} {f} / {l} {f}
B. {l} and {f} {l}
put {f} down as my next of kin
put {p} down as the {j}
my name's {p} and I'm calling about my account
hi this is {p}
hello, {f} here
good morning, this is {p} from {o}
this is {f} speaking
I'm {p}, nice to meet you
I am {p} and I would like to speak to somebody
it's {p}, {l} with a capital letter
you can call me {f}
everyone calls me {f}
the name on the account is {p}
the account is in the name of {p}
the account holder is {p}
please put it under {p}
the booking is under {l}
the reservation is for {p}, two nights in {c}
can you connect me with {t}
I'd like an appointment with {t} on {d}
I spoke to {f} yesterday and she said it would be fixed
a colleague of yours called {f} promised to call me back
is {f} available
may I speak with {p}, please
I want to add {p} as a beneficiary
send {m} to {p}
transfer {m} to {p} at {o}
I need to pay {p} before {d}
can you send {f} the money again
{f} sent me {m} last week
the payment from {p} has not arrived
I share the account with my husband {f}
my wife {p} is also on the policy
my daughter {f} was born in {c}
my son {f} turns eighteen
our neighbour {p} saw it happen
my mother's maiden name is {l}
my brother {f} lives in {c}
my doctor is {t}
{t} told me to call this number
{t} will see you now
dear {t},
dear {f},
hi {f},
hello {p},
thanks, {f}
best regards, {p}
kind regards {p} {o}
yours sincerely, {p}
regards,
{p}
{j}, {o}
cheers, {f}
signed: {p}
attn: {p}
from: {p} to: {p}
cc: {p}, {p} and {p}
name: {p}
full name: {p}
first name: {f} last name: {l}
surname: {l}
patient: {p}, born {d}
customer: {p}
policyholder: {p}, {a}
contact: {p}, {h}, {e}
{p} ({j})
{p}, {j}
{p}, {i}
{p} - {h}
{p} <{e}>
{p}
{p}
{a}
{p}
{o}
{a}
{a}
{s}
{o}
{c}
{c}, {k}
{l}, {f}
ticket opened by {p} on {d}
{p} wrote on {d}:
{p} joined the meeting
{p} left a comment
{p} and {p} are getting married in {c}
{p} was elected chairman of {o}
{p} became head of {o} in {d}
{p} works for {o}
{p} works at {o} in {c}
{p} used to work with {p} at {o}
{p} has been with {o} for twelve years
{p} founded {o} together with {p}
{p}, who runs {o}, said profits were up
"{w} {w}," said {p}
"we are very happy," {p} told reporters in {c}
according to {p}, the {w} was late
{p} grew up in {c} and moved to {k}
{p} comes from {k}
{p} was born in {c}, {k}
{p} was born on {d} in {c}
{p} lives in {c}
{p} lives at {a}
{p} has lived in {k} since {d}
{p} flew from {c} to {c}
{p} plays for {c}
{p} scored twice against {c}
{p}'s new book is about {k}
have you read anything by {p}
have you seen the film with {p}
I love the music of {p}
who is {p}
what do you know about {p}
the painter {p} died in {c}
the {n} writer {p} won a prize
the {n} singer {p} is on tour in {k}
the {n} government rejected the plan
{n} food is my favourite
a {n} colleague of mine
most {n} people I know live in {c}
she speaks {n} fluently
he is {n} and she is {n}
I hold a {n} passport
is {f} a {n} name
{n} customers pay no fee
can I exchange {n} {z} for {z}
I paid in {n} {z}
do you take {n} {z}
is the rate for {n} {z} good
will it work in the {k}
do you ship to the {k}
can {k} customers open an account
is it available outside the {k}
in the {k} and {k}
president {l} met chancellor {l} in {c}
prime minister {p} visited {k}
judge {l} adjourned the case
detective {l} asked a few questions
officer {l} took my statement
nurse {f} was very kind
professor {l} teaches at {o}
coach {l} is under pressure
captain {l} speaking, we are about to land in {c}
uncle {f} and aunt {f} are visiting
grandma {f} lives in {c}
saint {f} church in {c}
{f} and {f} are twins
{f}, {f} and {f} came along
{f} is my best friend
{f} loves {f}
{f} asked whether {f} could come
{f} said that {f} was ill
tell {f} I said hello
ask {f}, she knows
where is {f}
where does {f} live
how old is {f}
when is {f} coming back from {c}
did {f} call
{f} forgot the keys
{f}'s phone is {h}
{f}'s email is {e}
{f}'s birthday is on {d}
why would {p} do that
it was {p} who called
the winner is {p}
our guest tonight is {p}
we met {p} at {o}
we invited {p} to {c}
I live in {c}
I live in {k}
I live at {a}
I moved to {c}
I am moving to {k} next month
I just moved from {c} to {c}
my address is {a}
my new address is {a}
my old address was {a}, please delete it
please change my address to {a}
please send the card to {a}
please deliver it to {a}
ship it to {p}, {a}
billing address: {a}
delivery address: {a}
mailing address
{a}
return address: {p}, {a}
the office is at {a}
our offices are at {a}
we are located at {a}
you will find us at {s} in {c}
the branch on {s} is closed
turn left onto {s}
there was an accident on {s}
meet me at {s}
the shop at {s} was robbed
a house on {s} is for sale
I parked on {s}
she lives on {s}
from {a} to {a}
how do I get from {c} to {s}
the next train to {c} leaves at ten
I am in {c} right now
I am stuck in {c} and my card was stolen
my card was stolen in {c}
there is a charge from {c} that I did not make
I am travelling to {k} and {k}
will my card work in {k}
can I use it in {c}
do you have a branch in {c}
is there a cash machine near {c}
what is the weather like in {c}
what time is it in {c}
what is the capital of {k}
which countries border {k}
how far is {c} from {c}
flights from {c} to {c} on {d}
the conference takes place in {c}, {k}
the storm hit {c} and parts of {k}
the river runs through {c}
people in {c} are worried
the mayor of {c} resigned
the city of {c} sold the land to {o}
{c} is the largest city in {k}
{c} is famous for its {w}
{c} is nice in summer
{k} and {k} signed a treaty
{k} exports mostly {w}
{k} won against {k}
welcome to {c}
greetings from {c}
made in {k}
{c}: police arrested two men
I work for {o}
I work at {o}
I used to be a {j} at {o}
my employer is {o}
employer: {o}
company: {o}
I bought it from {o}
I was charged twice by {o}
there is a payment to {o} of {m} I don't recognise
the direct debit of {o} was refused
refund from {o} has not arrived
my salary comes from {o}
my insurance is with {o}
I have another account with {o}
can I pay with {o}
please call {o} at {h}
{o} announced a new {w}
{o} shares fell by three percent
{o} is hiring in {c}
{o} is based in {c}
{o} was founded by {p}
{o} bought {o} for {m}
{o} and {o} merged
{o}, {a}
{o}
{a}
{h}
{o} opened a new store on {s}
the {j} of {o} resigned
a spokesman for {o} said no
she studied at {o}
he graduated from {o} in {d}
the invoice is from {o}
invoice to: {o}, {a}
she left {o} for {o}
my appointment at {o} is on {d}
have you heard of {o}
I read about it in {o}
visit {u} or ask {o}
the team at {o} won
a report by {o} says so
the lawsuit against {o} goes on
fans of {o} were angry
tickets for {o} are sold out
{o}'s customers complain
title: {w} by {p}
on {d} {p} called from {h}
order {i} for {p} goes to {a}
{p} paid {m} with card {i}
{p} can be reached at {h} or {e}
my name is {p}, my number is {h} and I live at {a}
my name is {f} and I live in {c}
my name is {p} and I'm from {k}
I'm {f} from {c}
I'm {n} but I live in {k}
I have an account with you, {p}, customer number {i}
yes this is {p} speaking how can I help
no it's {f} not {f}
that's {l}, spelled the usual way
last name {l} first name {f}
mister {l} called again
missus {l} is on line two
miss {l}
mr {l} and mrs {l}
{t} and {t} arrived
I am calling on behalf of {p}
I'm the carer of {p}
power of attorney for {p}
emergency contact is {p} {h}
my landlord {p} wants the rent
payee {p}
joint account with {p}
cheque made out to {p}
it should say {p} instead of {p}
you misspelled my name it's {p}
I changed my name from {p} to {p}
the card says {p}
referred by {t}
prescribed by {t} of {o}
lives with {f} and {f}
survived by his wife {f}
starring {p} and {p}
directed by {p}
written by {p}, translated by {p}
photo: {p}
the {p} foundation gave {m}
{p} vs {p}
in {c}, {p} met {p}
near {c} in {k}
between {c} and {c}
both {p} and {p} were late
both {f} and {f} know
give {f} my regards
give {p} a call
would {f} like to come
has {p} signed
does {p} still work there
let {f} know
because {f} said so
since {p} left, {f} is in charge
when {p} arrives, call {f}
if {f} agrees, tell {p}
unlike {f}, {p} stayed
our driver, {p}, is late
our {j}, {p}, will see you
my boss, {f}, is on holiday
a friend, {p}, drove me to {c}
the witness, {t}, declined
a certain {t} asked for you
a letter from {t} arrived
can I get {t} on the line
put {t} through please
my teacher is {t}
I'm {t}'s assistant
{t} is my dentist
{p} ({k}) finished third
{p} ({n}) won ahead of {p} ({k})
{p} ({c})
{p} [{o}]
{p} / {p} / {p}
{c} - {c} - {c}
{k}, {k} and {k}
{k} / {k}
{k}
{n}
{o} / {o}
{o}, {o} and {o}
{o} and {o} published results
{o} fell, {o} rose
{o}?
{o} is down again
I saw it on {o}
I subscribe to {o}
I ordered through {o}
I think {o} is cheaper
is {o} open today
how do I reach {o}
the {o} office in {c}
the {o} app
a {o} voucher
an employee of {o}
members of {o} met in {c}
the {n} embassy in {c}
the {n} restaurant on {s}
an {n} company called {o}
plot {i}, {a}
c/o {p}, {a}
to {p}
{a}
{p} of {s}, {c}
resident at {a}
the property at {a} was sold to {p}
pick me up at {a}
I'm at {s}
take me to {a}
directions to {a}
is {a} in your delivery area
the parcel went to {a} instead of {a}
there is a hotel on {s} in {c}
{s}, {c}
{s}
{c}
{c}, {c} and {c}
{c} or {c}
{c} to {c}
the Hotel {l} in {c}
the lake near {c}
north of {c}
somewhere between {k} and {k}
all over {k}
back in {k}
{k}'s economy is growing
{c}'s airport
{c} airport is closed
{c} Marathon
{p} ran the {c} marathon
wanted in {k}: {p}
missing: {p}, last seen in {c}
visit {c}!
lovely {c}
{f}!
{f}?
{f}, are you there
{f} {l}
{l} {f}
{f} & {f}
{c} {c} {c}
{p}; {p}; {p}
{p}, {p}, {p} and {p}
""".strip().splitlines()

GERMAN: Final = r"""
ich heiße {p}
mein Name ist {p}
guten Tag, hier ist {p}
hier spricht {p} aus {c}
ich wohne in {c}
ich wohne in der {s} in {c}
meine Adresse ist {a}
ich arbeite bei {o}
Herr {l} ist nicht da
Frau {l} hat angerufen
sehr geehrte Frau {l},
sehr geehrter Herr {l},
mit freundlichen Grüßen {p}
bitte überweisen Sie {m} an {p}
das Konto läuft auf {p}
ich komme aus {k}
meine Frau {f} und ich ziehen nach {c}
Dr. {l} hat mir das gesagt
""".strip().splitlines()

SPANISH: Final = r"""
me llamo {p}
mi nombre es {p}
buenos días, soy {p}
vivo en {c}
vivo en {s}, {c}
mi dirección es {a}
trabajo en {o}
el señor {l} no está
la señora {l} ha llamado
estimado señor {l}:
un saludo, {p}
quiero transferir {m} a {p}
la cuenta está a nombre de {p}
soy de {k}
mi hermana {f} vive en {c}
""".strip().splitlines()

FRENCH: Final = r"""
je m'appelle {p}
mon nom est {p}
bonjour, ici {p}
j'habite à {c}
j'habite {s} à {c}
mon adresse est {a}
je travaille chez {o}
monsieur {l} n'est pas là
madame {l} a appelé
cher monsieur {l},
cordialement, {p}
je voudrais virer {m} à {p}
le compte est au nom de {p}
je viens de {k}
mon frère {f} habite à {c}
""".strip().splitlines()

WITHOUT: Final = r"""
I want to check my savings
what is my balance
what's the balance of my checking account
I'd like to check the balance on my savings account please
how much money do I have
can you tell me my current balance
checking
savings
savings please
the checking one
my checking account
yes please
no thank you
yes
no
sure go ahead
okay
never mind
cancel
start over
go back
help
repeat that
can you say that again
I want to talk to a person
get me an agent
transfer me to a human being
operator
goodbye
thanks a lot, bye
thank you so much
hello
hi there
good morning
good evening
how are you
what can you do
who are you
are you a robot
I lost my card
my card was stolen
please block my card
how do I activate my new card
why was my card declined
when will my new card arrive
my card hasn't arrived yet
the machine ate my card
I forgot my pin
how do I change my pin
there is a charge I don't recognise
why was I charged a fee
I was charged twice
can I get a refund
where is my refund
my transfer has not arrived
how long does a transfer take
how do I transfer money
can I cancel a transfer
my top up failed
how do I top up
top up by cheque
is there a limit for top ups
what are your exchange rates
can I exchange currencies
which currencies do you support
can I hold dollars and euros
do you accept bitcoin
I want to close my account
how do I open an account
can my kids have an account
how old do I have to be
verify my identity
why do I need to verify my identity
I can't log in
the app does not work
I forgot my passcode
my phone was stolen
how do I edit my details
can I use apple pay
does google pay work
do you take visa or mastercard
is it a visa
virtual cards
disposable card limit
contactless is not working
the atm gave me the wrong amount
cash withdrawal is still pending
I withdrew cash and the fee is wrong
direct debit I don't recognise
my statement shows an extra pound
what are your opening hours
are you open on sunday
when do you open
where is the nearest branch
do you have an atm near me
I'd like to book a table for two
I want to make an appointment
can I come on monday at three
can I move my appointment to next week
cancel my appointment
what time is my appointment
I need a prescription refill
I have a headache
my back hurts since yesterday
is the flu shot free
track my order
where is my package
the parcel is damaged
I want to return the shoes
the size is wrong
do you ship abroad
how much is shipping
what is your return policy
the internet is down
my bill is too high
please send me the bill
I will pay the bill in may
I may come in april or march
you can bank on it
give me a hand
that is a fair point
I hope so
good grace period
a joy to use
the price is high
it was rich and dark
mark it as paid
drew money out
will it arrive tomorrow
will my card work abroad
can I frank the letter
the chase is on
just a penny
a brown bag and a white shirt
the young lady with long hair
green or black tea
the baker bakes bread
the cook is ill
what a long day
summer is coming
in june or july
it's a gem
do you have it in rose or violet
the sky is blue
set the alarm for seven
remind me to call mom
call my mom
tell my wife I'm late
what's the weather tomorrow
will it rain this weekend
play some jazz
turn off the lights
add milk to my shopping list
what is on my calendar
how many calories are in an apple
translate hello into another language
how do you spell accommodation
what is the meaning of life
tell me a joke
flip a coin
roll a die
what's nine times seven
how tall is it
what is the boiling point of water
my tyre is flat
the engine light is on
I need an oil change
how much do I owe
what is my credit score
how do I improve my credit score
what's the interest rate
I need a loan for a house
report fraud on my account
freeze my account
my credit limit is too low
increase my credit limit
how do I build credit
pay my electric bill
pay the rent
is my payment due on friday
order more checks
what is my routing number
what's my account number
I have two accounts and three cards
I want the platinum card
do I earn points
redeem my rewards
rollover my old plan
taxes are due soon
my w2 form
the meeting is at noon
schedule a meeting room
how many vacation days do I have left
request time off
when is payday
I got a promotion
the report is due on {d}
please pay {m} by {d}
the code is on the back
your order {i} has been shipped
order number {i}
call us at {h}
write to {e}
see {u} for details
it costs {m}
the total is {m}
meeting on {d}
due {d}
born on {d}
version two point five
chapter one
page {i}
room {i}
error {i}
Please find attached the invoice for {m}.
The parties agree as follows.
Terms and Conditions apply.
Frequently Asked Questions
Privacy Policy
Dear Sir or Madam,
To Whom It May Concern
Best regards
Kind regards
Yours sincerely
Account Holder
Account Number: {i}
Card Number: {i}
Phone: {h}
Email: {e}
Date of birth: {d}
Customer Service
Head of Sales
Chief Executive Officer
the {j} was helpful
I am a {j}
she is a {j} and he is a {j}
The {j} said that it would take a week.
Monday, Tuesday and Wednesday
closed in December and January
Merry Christmas and a Happy New Year
Easter is late this year
the Internet of Things
PIN or CVV
the ATM does not take my card
use the IBAN and the BIC
Why is there a fee?
Is it free?
Could you please help me with this?
I've been waiting for weeks and nobody has answered.
My Top-Up was reverted.
Where do I find the PIN for my card?
I'm not happy at all
I'll do it, don't worry
ich möchte meinen Kontostand wissen
meine Karte ist weg
wie lange dauert eine Überweisung
das Wetter ist schön
ja bitte
nein danke
guten Morgen
quiero consultar mi saldo
he perdido mi tarjeta
cuánto tarda una transferencia
sí, por favor
no, gracias
buenos días
je voudrais connaître mon solde
j'ai perdu ma carte
combien de temps prend un virement
oui, s'il vous plaît
non, merci
bonjour
do you accept {z}
is {z} supported
how does {z} work
what is {z}
{z} is not working
{z} or {z}
{z} and {z}
my {z} was declined
why is my {z} still pending
I need a {z}
can I change my {z}
can I exchange {z} for {z}
I paid in {z}
convert {z} to {z}
the {z} fee is too high
send it by {z}
I want a {z} card
does the {z} support {z}
{z} transfers take two days
your {z} charged me {m}
how long do {z} take
the {z} at the corner is broken
please activate {z}
{z}
{z} please
{z} {z}
rooms {i}, {i} and {i}
{i}, {i} and {i}
{i} and {i}
from {i} to {i}
for {i} people at {i}
{i}
it's {i}
my customer number is {i}
{i} {i} {i} {i}
{i}, {i}, {i}, {i}, {i}
go back to the {w}
what about the {w} {w}
the {w} one
the previous {w}
have a nice {w}
where do I {w} it
my {w} is gone
all my {w} are done
I'm done
are you open at the {w}
is there a {w} for the {w}
{y}
{y}
{y}: {w}
{y} is on page {i}
please read the {y}
see {y} and {y}
I clicked {y} and then {y}
Press {y} to continue.
nice to meet you
nice talking to you
that's all
that's everything
nothing else
I don't recognise it
why are there so many {z}
do I need {z}
can I even do that
even so it is still pending
maybe it was {z}
what {w} do I need
what is going on
are you there
are {z} free
looking forward to it
still waiting
help
help me
ok
okay then
days have passed
application {w}
the application was refused
{z} verification
{z} transfer
{z} limit
the {w} {w} is {w}
a {w} {w} and a {w}
{w} {w} {w} {w} {w}
I {w} the {w} with a {w}
The {w} was {w} and the {w} {w}.
it is {w}
{w}
{w} {w}
""".strip().splitlines()

OPENERS: Final = (
    "hi, |hello |hey |good afternoon, |yes |yeah |okay so |well, |um |uh |so |please note: |excuse me, |sorry, |"
    "I think |just to let you know, |as I said, |by the way, |thanks, |right, |no, |actually "
).split("|")

CLOSERS: Final = (
    " please| thanks|, thank you|, can you help| right now| today|, is that okay|, I believe|"
    " as soon as possible|!|?|...|, and that's it|, you know| again| for now|, okay|."
).split("|")

TERMS: Final = (
    "ATM|ATMs|PIN|CVV|IBAN|BIC|SEPA|SWIFT|SMS|APR|ID|TV|Wi-Fi|WiFi|PDF|FAQ|VAT|ETA|ASAP|USD|EUR|GBP|AUD|CHF|JPY|"
    "CAD|PLN|SEK|INR|dollars|euros|pounds|yen|francs|rubles|zloty|rupees|Visa|Mastercard|MasterCard|"
    "American Express|Amex|Maestro|Apple Pay|Google Pay|Samsung Pay|PayPal|Bitcoin|Ethereum|BTC|crypto|top-up|"
    "top-ups|top up|auto top-up|direct debit|standing order|contactless|chip|magnetic stripe|virtual card|"
    "debit card|credit card|gift card|platinum|gold|checking|savings|current account|joint account|overdraft|"
    "mortgage|loan|refund|cashback|exchange rate|statement|balance|fee|verification|identity check|passcode|"
    "password|fingerprint|Face ID|app|website|Android|iPhone|iOS|Windows|Bluetooth|GPS|USB|HDMI|CEO|CFO|HR|IT|"
    "GDPR|PCI|KYC|AML|ISA|IRA|CD|LLC|MRI|X-ray|ECG|GP|ER|ICU|flu shot|vaccine|prescription|insulin|ibuprofen|"
    "aspirin|Christmas|Easter|Halloween|Thanksgiving|New Year|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|"
    "Sunday|January|February|March|April|May|June|July|August|September|October|November|December|"
    "English breakfast|French fries|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag|Januar|Februar|"
    "März|Juni|Juli|Oktober|lunes|martes|enero|marzo|lundi|mardi|janvier|mars|Konto|Karte|Termin|Rechnung|"
    "Tarjeta|Cuenta|Carte|Compte|3D Secure|ruble|rubles|dollar|euro|pound|peso|pesos|rupee|krona|"
    "Terms of Service|Savings Account|Privacy Notice|Help Center|Wi-Fi password|e-mail|eSIM|SIM|router|modem|"
    "broadband|landline|voicemail|subscription|voucher|coupon|"
    "ibuprofen|paracetamol|acetaminophen|amoxicillin|penicillin|metformin|insulin glargine|levothyroxine|lisinopril|"
    "albuterol|salbutamol|amlodipine|atorvastatin|simvastatin|omeprazole|losartan|gabapentin|sertraline|fluoxetine|"
    "citalopram|prednisone|warfarin|tramadol|codeine|morphine|diazepam|lorazepam|cetirizine|loratadine|ventolin|"
    "hydrochlorothiazide|furosemide|clopidogrel|doxycycline|azithromycin|ciprofloxacin|naproxen|diclofenac|melatonin"
).split("|")

EVERYDAY: Final = (
    "the of and to a in is that it was for on are as with his they at be this have from or had by not but what "
    "all were we when your can said there an each which she do how their if will up other about out many then "
    "them these so some her would make like him into time has look two more go see no way could my than first "
    "been who its now find long down did get come made may part over new sound take only little work know place "
    "year live me back give most very after thing our just name good man think say great where help through much "
    "before line right too mean old any same tell boy follow came want show also around form three small set put "
    "end does another well large must big even such because turn here why ask went men read need land different "
    "home us move try kind hand picture again change off play away air letter answer page mother study still "
    "learn should world high every near add food between own below country last never start thought city eat "
    "light always money still yet bank card cash charge account transfer payment order cost wrong twice maybe "
    "perhaps already using used received deposit cheque check deposit pending declined reverted cancelled stolen "
    "lost broken i've i'm i'd i'll im ive isn't doesn't don't didn't can't won't what's where's there's it's "
    "that's how's why's who's haven't hasn't wasn't couldn't shouldn't wouldn't you're they're we've let's hey "
    "hello ok okay please sorry thanks today tomorrow yesterday week weeks month days hours minutes ago since "
    "until during while although however though really actually probably definitely something anything nothing "
    "someone anyone everybody nobody people person customer support service phone app website machine number "
    "code amount limit rate exchange currency foreign abroad local direct happened happening looking trying "
    "waiting getting going seems showing says told asked bought sold paid sent gave didnt dont doesnt isnt wasnt "
    "wont cant couldnt havent hasnt ive im id ill youre thats whats its arent atm ok oh yikes currently "
    "accidentally urgently immediately approximately usually normally recently kids child children family friend"
).split()
