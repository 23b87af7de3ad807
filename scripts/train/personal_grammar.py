"""Sentences put together of parts, so that names stand among words in more ways than phrases written out can show.

A part in square brackets is one of its ways, which may hold parts again; slots are those of personal_phrases, and `{q}`
is a title alone. Written for this project.
"""

# ruff: noqa: E501
from __future__ import annotations

import random
import re
from typing import Final

_PART: Final = re.compile(r"\[(\w+)\]")


def _ways(text: str) -> tuple[str, ...]:
    return tuple(line.strip("~") for line in text.strip().split("|"))


GRAMMAR: Final[dict[str, tuple[str, ...]]] = {
    "S": _ways(
        "[who] [did]|[who] [did]|[who] [did] [when]|[who] [did] [where]|[who] [did] and [who] [did]|[when] [who] [did]|[where] [who] [did]|"
        "[who] [did] because [who] [did]|[who] and [who] [didtogether]|[firm] [firmdid]|[firm] [firmdid] [when]|[firm] [firmdid] [where]|"
        "[firm] [firmdid], [said] [who]|[i] [idid]|[i] [idid]|[i] [idid] [when]|[i] [idid], so [who] [did]|[i] [idid] and then [who] [did]|"
        "[town] [towndid]|[town] [towndid] [when]|[ask]|[ask]|[ask]|[ask] [when]|[order]|[order]|[order]|[order] [when]|[note]|[note]|"
        "[chat]|[chat]|[letter]|[letter]|[record]|[record]|[law]|[law]|[news]|[news]|[news]|[work]|[work]|[care]|[care]|[view]|[view]|[go]|[go]|[sign]|[spoken]|[spoken]|[thing] [thingdid]|[thing] [thingdid] [when]|"
        "[thing] of {p} [thingdid]|{p}'s [thing0] [thingdid]|{f}'s [thing0] [thingdid]|{o}'s [thing0] [thingdid]"
    ),
    "who": _ways(
        "{p}|{p}|{p}|{p}|{f}|{f}|{f}|{t}|{l}|my [kin] {f}|my [kin], {p},|our [role] {f}|our [role], {p},|the [role], {t},|the [role] {p}|"
        "{p} of {o}|{p} from {c}|{p} ({o})|{p}, the [role],|{p}, [role] at {o},|young {f}|old {l}|{q} {l}|{q} {l}|a [role] named {f}|a certain {l}|"
        "someone called {p}|{f} {l}|{l}, {f},|{f} or {f}|both {f} and {f}|{q} {l}|{q} {p}"
    ),
    "kin": _ways(
        "wife|husband|son|daughter|brother|sister|mother|father|uncle|aunt|cousin|nephew|niece|partner|fiancé|neighbour|friend|boss|colleague|"
        "flatmate|landlord|tenant|lawyer|accountant|dentist|doctor|therapist|coach|teacher|babysitter|cleaner|gardener|client|assistant|mum|dad|"
        "grandmother|grandfather|stepson|late husband|ex-wife|twin brother|best mate|business partner|son-in-law"
    ),
    "role": _ways(
        "manager|nurse|surgeon|driver|technician|clerk|teller|adviser|broker|agent|supervisor|director|secretary|treasurer|chairwoman|spokesman|"
        "spokeswoman|mayor|senator|minister|ambassador|sergeant|inspector|constable|judge|attorney|solicitor|notary|architect|builder|plumber|"
        "electrician|mechanic|pilot|steward|chef|waiter|barista|bartender|singer|drummer|guitarist|pianist|painter|sculptor|novelist|poet|"
        "journalist|editor|photographer|actress|comedian|producer|midfielder|goalkeeper|striker|sprinter|swimmer|referee|trainer|professor|"
        "lecturer|student|pupil|researcher|biologist|chemist|engineer|programmer|analyst|consultant|trainee|intern|volunteer|founder|owner|"
        "heir|widow|victim|suspect|witness|defendant|applicant|claimant|guarantor|beneficiary|cardholder|policyholder|tenant|resident|caretaker"
    ),
    "did": _ways(
        "called|rang twice|left a message|wants a refund|wants to speak to {p}|asked for {f}|is waiting for a call back|is not answering|hung up|"
        "lost the card|found the keys|forgot the password|paid the bill|never paid|owes me {m}|transferred {m} to {p}|sent {m} to {o}|got the parcel|"
        "signed the contract|refused to sign|cancelled the order|ordered from {o}|returned everything|complained about {o}|moved to {c}|moved out|"
        "lives in {c}|lives at {a}|lives on {s}|grew up in {k}|was born in {c}|died in {c}|comes from {k}|speaks {n}|is {n}|works at {o}|"
        "works for {o}|left {o}|joined {o}|quit|was fired|was promoted|retired|runs {o}|founded {o}|owns {o}|bought {o}|sued {o}|thanked {p}|"
        "met {p}|knows {p}|hates {f}|loves {f}|misses {f}|married {p}|divorced {p}|looks like {f}|sounds like {l}|sat next to {p}|replaced {l}|"
        "introduced {p} to {p}|drove to {c}|flew to {k}|took the train to {c}|missed the flight to {c}|is stuck in {c}|is on holiday in {k}|"
        "is away|is ill|is late|is here|is gone|was there|was wrong|was right|seems upset|sounded angry|feels better|had surgery|broke a leg|"
        "fell down the stairs|was admitted to {o}|was discharged|saw {t}|was treated by {t}|takes the tablets twice a day|is allergic to nuts|"
        "cooked dinner|baked a cake|fixed the roof|painted the fence|sold the car|crashed the car|parked on {s}|walked along {s}|"
        "wrote a letter|wrote {w}|sang {w}|played the violin|scored twice|won the race|won|lost|finished second|came third|retired hurt|"
        "was elected|resigned|was arrested|was charged with fraud|pleaded not guilty|was sentenced|was acquitted|testified|vanished|"
        "said no|said it was fine|said that {p} would come|told {f}|told me to ask {f}|agreed|disagreed|approved the loan|rejected the claim|"
        "sends regards|says hello|will be at {o}|will call you|will bring the {w}|can help you|could not come|should know|might join us|must leave|"
        "has been a customer for years|has an account at {o}|has no idea|has two children, {f} and {f}|used to be called {p}|"
        "changed the name to {p}|goes by {f}|is also known as {l}|is my [kin]|is the new [role]|is the [role] of {o}|became [role] of {o}|"
        "did not recognise {p}|did nothing|does not trust {o}|does not live at {a} any more|turned {i}|is {g}|celebrated in {c}"
    ),
    "didtogether": _ways(
        "are getting married|got married in {c}|live in {c}|live together at {a}|split up|are twins|are brothers|met in {c}|work for {o}|founded {o}|"
        "own {o}|share an account|share a flat on {s}|both called|both agreed|argued|left {o}|moved to {k}|are moving to {c}|had a baby called {f}|"
        "won the doubles|lost in the final|sang together|wrote it|are here|are late|are coming over|do not get along|signed the lease|bought a house in {c}"
    ),
    "firm": _ways(
        "{o}|{o}|{o}|{o}|{o} and {o}|{o} of {c}|{o} in {c}|the people at {o}|those guys at {o}|the {o} guys|the {o} team|someone from {o}|"
        "a driver for {o}|my employer {o}|my insurer {o}|our supplier {o}|the landlord, {o},|a company called {o}|a shop called {o}|{o}, my old bank,|"
        "staff at {o}|the {c} branch of {o}|the {o} store|the {o} website|the {o} hotline|rival {o}|{o}, based in {c},|the [role] of {o}|the {n} firm {o}"
    ),
    "firmdid": _ways(
        "charged me twice|charged {m}|took {m}|refunded {m}|never refunded me|sent the wrong item|delivered late|did not deliver|lost my parcel|"
        "cancelled my policy|cancelled my flight to {c}|rejected my claim|raised the premium|raised prices|cut {i} jobs|cut jobs in {c}|is hiring|"
        "hired {p}|fired {p}|named {p} chief executive|appointed {p} as [role]|sued {o}|settled with {o}|bought {o}|sold {o} to {o}|merged with {o}|"
        "competes with {o}|supplies {o}|opened in {c}|opened a branch on {s}|closed its {c} office|moved to {s}|moved from {c} to {c}|expanded into {k}|"
        "left {k}|went bankrupt|filed for bankruptcy|reported a loss|reported record profits|posted sales of {m}|was hacked|was fined {m}|"
        "was founded by {p}|was founded in {c}|belongs to {p}|belongs to {o}|makes {w}|makes the best {w}|sells {w}|sells {w} and {w}|repairs {w}|"
        "publishes {w}|insures us|employs my [kin] {f}|called me|keeps calling me|calls every day|wrote to {p}|sent {p} a letter|"
        "is a scam|is great|is awful|is overpriced|is on {s}|is at {a}|is next to {o}|is opposite {o}|is in {c}|is owned by {o}|does not answer|"
        "does not open on sunday|has my number|has the best {w}|has been around for years|will call you|will sponsor the team|won the contract|"
        "declined to comment|denied everything|apologised|announced a recall|launched a new {w}|beat {o}|lost to {o}|signed {l}|"
        "organises the conference in {c}|teaches {w}|treats children|runs the school|gave {m} to {o}|elected {p}|voted to strike"
    ),
    "said": _ways("said|says|according to|admitted|announced|claims|wrote|told us by|replied|explained|confirmed"),
    "i": _ways("I|I|I|we|my [kin] and I|they|she|he|you|nobody|somebody|customers|the children|my parents|neighbours|police"),
    "idid": _ways(
        "called {o}|wrote to {o}|wrote to {p}|emailed {f}|talked to {f}|talked to {p} at {o}|spoke with {t}|asked for {t}|met {p} in {c}|"
        "saw {f} at {o}|saw {t}|want {p} on the line|need {t}|trust {f}|blamed {f}|told {f}|paid {o}|paid {p} {m}|pay {f} every month|"
        "sent it to {p}|sent it to {a}|sent {m} to {f}|got a letter from {o}|got a letter from {t}|got a call from {p}|got {m} from {p}|"
        "bought it at {o}|bought it from {p}|ordered it from {o}|sold it to {p}|rented it from {o}|rent from {p}|borrowed it from {f}|"
        "lost it in {c}|left it at {o}|left it on {s}|found it on {s}|work for {o}|work with {p}|worked at {o}|used to work for {p}|"
        "study at {o}|studied at {o} in {c}|applied to {o}|bank with {o}|switched from {o} to {o}|fly with {o}|flew from {c} to {c}|"
        "drove from {c} to {c}|live in {c}|live at {a}|live on {s}|live near {c}|lived in {k}|lived with {f}|moved to {c}|moved from {k}|"
        "moved to {a}|stayed at {o}|stayed in {c}|stayed with {p}|visited {c}|visited {f} in {c}|visited {k}|travelled through {k}|"
        "come from {c}|come from {k}|was born in {c}|was in {c}|was at {o}|was on {s}|are in {c}|are from {k}|love {c}|love {k}|hate {c}|"
        "miss {f}|like {p}|like {o}|prefer {o} to {o}|recommend {o}|recommend {p}|cannot reach {f}|cannot reach {o}|cannot find {o}|cannot find {s}|"
        "never heard of {o}|never heard of {p}|never met {p}|never was in {c}|never lived at {a}|don't know any {f}|don't know {p}|don't bank with {o}|"
        "am {p}|am {f}|am {p} from {o}|am not {p}|am {p}'s [kin]|am calling for {p}|am calling about {p}|am calling from {c}|am calling from {o}|"
        "am writing about {o}|am married to {p}|am named after {f}|changed my name to {p}|named him {f}|called her {f}|know {f} from {o}|"
        "read about {p}|read about {o}|read {p}|listened to {p}|watched {p}|watched {o} play|support {o}|voted for {p}|joined {o}|left {o}|"
        "parked outside {o}|parked in {s}|got lost in {c}|got off at {c}|took a taxi to {s}|took the bus to {c}|changed trains in {c}|"
        "had lunch with {f}|had dinner at {o}|had an accident on {s}|had a booking at {o}|had an appointment with {t}|have an account with {o}|"
        "have family in {c}|have a house in {c}|have a parcel for {p}|have a complaint about {o}|have a meeting with {p}|have {p} on hold"
    ),
    "town": _ways(
        "{c}|{c}|{c}|{k}|{c} and {c}|the town of {c}|the city of {c}|the village of {c}|the mayor of {c}|downtown {c}|central {c}|north {c}|"
        "the old town of {c}|the airport in {c}|the road to {c}|the train to {c}|the weather in {c}|rents in {c}|people in {c}|life in {c}|traffic in {c}|"
        "our office in {c}|the branch in {c}|the {c} branch|the {c} office|the {c} airport|the {c} train|the area around {c}|parts of {c}|most of {k}"
    ),
    "towndid": _ways(
        "is lovely|is expensive|is cold|is far|is nice|is beautiful|is boring|is on the coast|is in {k}|is near {c}|is north of {c}|is two hours from {c}|"
        "is not in {k}|is the capital|is where I live|is where {f} lives|is closed|was flooded|was bombed|was cancelled|has a new bridge|has changed|"
        "has no airport|has {i} inhabitants|gets a lot of snow|lies on a lake|lies between {c} and {c}|grew fast|voted no|voted for {l}|hosts the games|"
        "hosts {o}|beat {c}|won at home|lost to {c}|needs teachers|wants to ban cars|elected {p}|buried {p}|belongs to {k}|joined the union|"
        "banned {o}|exports {w}|has no {o}|would suit {f}|was our home|was on the news|reminds me of {c}"
    ),
    "where": _ways(
        "in {c}|in {c}|in {k}|in {c}, {k}|at {o}|at {o} in {c}|near {c}|near {o}|on {s}|at {a}|from {c}|outside {c}|around {c}|just outside {o}|"
        "behind {o}|opposite {o}|on the way to {c}|between {c} and {c}|across {k}|north of {c}|at the corner of {s}|over in {c}|back in {k}|"
        "at {f}'s|at {p}'s house|with {f}|without {p}|through {o}|via {c}|by {o}|for {o}|for {p}|to {c}|towards {c}|in downtown {c}|in the {c} area"
    ),
    "when": _ways(
        "yesterday|today|last week|last night|on {d}|in {d}|since {d}|until {d}|before {d}|this morning|at noon|at ten|on Monday|next month|"
        "two years ago|in the summer|over Christmas|after the meeting|before lunch|again|twice|for years|as always|right now|in March|every Friday"
    ),
    "ask": _ways(
        "is {p} there|is {f} in|is {t} available|is {o} open|is {o} hiring|is {c} safe|is {s} closed|is {f} coming|is {p} still with {o}|"
        "was it {p}|was {f} there|did {f} call|did {p} pay|did {o} answer|does {f} know|does {p} live here|does {o} deliver|does {t} take new patients|"
        "do you know {p}|do you know {o}|do you know where {s} is|do you deliver to {c}|do you have a {p}|do you have anything by {p}|"
        "can {f} come|can {p} call me|can I talk to {f}|can I see {t}|can I pay at {o}|can I get to {c} by train|can you call {o}|can you add {p}|"
        "can you remove {f}|can you tell {f}|can you deliver to {a}|could {t} write me a note|could you ask {p}|would {f} mind|would {o} know|"
        "will {f} be there|will {o} refund me|will {p} sign|has {f} left|has {p} paid|has {o} called|have you met {p}|have you been to {c}|"
        "have you tried {o}|who is {f}|who is {p}|who works at {o}|who owns {o}|who lives at {a}|who wrote it, {p} or {p}|whose is it, {f}'s|"
        "what is {o}|what is {f}'s number|what is {c} like|what does {f} want|what did {p} say|what happened in {c}|what happened to {o}|"
        "what time does {o} open|what is on at {o}|where is {f}|where is {c}|where is {o}|where is {s}|where did {p} go|where does {t} work|"
        "when is {f} back|when did {o} close|when was {p} born|when does {t} arrive|why did {f} leave|why is {o} calling me|why is {p} on my account|"
        "how is {f}|how old is {p}|how do I get to {s}|how do I get to {c}|how do I reach {t}|how far is {c}|how good is {o}|how do you spell {l}|"
        "which {f}|which branch in {c}|are you {p}|are you in {c}|are you from {o}|are {f} and {f} related|am I speaking to {p}|shall I tell {f}|"
        "should I trust {o}|should I call {t}|any news from {f}|any news of {o}|anyone seen {f}|anybody know {p}|ever heard of {o}"
    ),
    "order": _ways(
        "call {f}|call {p}|call {o}|ask {f}|ask {t}|ask for {p}|ask {o}|tell {f} I am late|tell {p} to call me|tell {o} to stop|email {p}|text {f}|"
        "write to {o}|pay {p}|pay {o}|pay {f} {m}|send {f} {m}|send it to {p}|send it to {a}|send the bill to {o}|send a driver to {s}|"
        "transfer {m} from {p} to {p}|transfer me to {f}|put {f} on|put it under {l}|put {p} through|book {t} for me|book a room in {c}|book a flight to {c}|"
        "book a table at {o}|find {p}|find {o} near {c}|find me a hotel in {c}|show me {c}|show me {p}|take me to {s}|take me to {o}|drive to {c}|"
        "go to {c}|go to {o}|turn into {s}|meet {f} at {o}|meet me in {c}|pick up {f} from {o}|pick {p} up at {s}|remind {f}|remind me to call {p}|"
        "remove {p} from the account|add {p} as a user|change the address to {a}|change the name to {p}|replace {f} by {f}|cancel {o}|"
        "cancel my booking at {o}|cancel {p}|block {p}|block payments to {o}|stop paying {o}|search for {p}|look up {p}|look up {o}|play {p}|"
        "play something by {p}|open {o}|open the file of {p}|check on {f}|check {p}|check with {o}|thank {f} for me|give it to {f}|give {p} my number|"
        "let {f} decide|let {p} in|leave {f} alone|leave it at {o}|leave it with {f} at {s}|wait for {f}|wait for {p} at {o}|trust {f}|"
        "congratulate {p}|invite {p} and {p}|bring {f} along|forward it to {p}|copy {p}|cc {f}|refer the patient to {t}|spell {l}|say {p}"
    ),
    "note": _ways(
        "{p}: {h}|{p}, {h}|{f} - {h}|{p} {e}|{o}: {h}|{o}, {u}|{p}, {o}|{p} - {o}|{p}/{o}|{p} ({c})|{p}, {c}|{c}, {d}|{c}: {i}|{o} ({c})|{o}, {c}|"
        "{f} (aged {i})|{f}, {f}, {f}|{f}/{f}|{l}/{l}|{l}, {f}|{l} {f}, {d}|{p}, {d}|{p}: late|{p} - absent|{p}, paid|{p} owes {m}|{m} {p}|{m} {o}|"
        "{d} {p}|{d} {o} {m}|{d} - {c}|{i} {p}|{i}. {p}, {c}|{i}. {p} ({k})|1. {p} 2. {p} 3. {p}|* {p}|- {p}, [role]|{p}, [role]|[role]: {p}|"
        "{t}, [role]|{t} - {o}|to do: call {f}|to do: pay {o}|buy a present for {f}|dentist ({t})|lunch with {f}|dinner at {o}|flight {c}-{c}|"
        "{c} - {c}|{c} to {c} {i}|{s}, {c}|{a}, {p}|{p}, {s}|key under the mat, {s}|re: {p}|re: {o}|fw: {o}|{o} invoice|{o} contract|{l} file|the {l} case|"
        "meeting {p} / {p}|notes {f}|from {f} to {f}|by {p}|by {p}, {c}|photo {p}|source: {o}|copyright {o}|sponsored by {o}|hosted by {p}|"
        "with {p} and {p}|feat. {p}|vs {o}|{o} vs {o}|{o} - {o} 2:1|{c} 3, {c} 1|{l} 12', {l} 45'|{k} {i}, {k} {i}"
    ),
    "chat": _ways(
        "hey {f}|hey {f}!|hi {f}, how are you|hi {f} and {f}|yo {f}|morning {f}|evening {f}|hello {f} here|its {f}|it's {f} btw|this is {f}|{f} here|"
        "thanks {f}|thank you {f}|thx {f}|cheers {f}|ok {f}|sure {f}|no {f}|yes {f}|sorry {f}|bye {f}|see you {f}|good night {f}|love you {f}|"
        "{f} please|please {f}|{f}, please call me|{f}, where are you|{f} what's up|{f} did you pay|{f}, it's {f}|{f}?? are you there|{f} lol|"
        "i'm at {o}|im in {c}|in {c} rn|at {f}'s place|omw to {c}|going to {o}, want anything|u at {o}?|meet at {o}?|lets go to {c}|"
        "{f} said ok|{f} says no|ask {f} idk|idk ask {f}|tell {f} lol|{f} is crazy|{f} knows a guy at {o}|guess who works at {o} now|"
        "got the job at {o}!|{o} is the worst|{o} rocks|{o} sucks|ugh {o}|thanks {o} for nothing|love {o}|@{o} fix your app|{o} help|"
        "dm {f}|tag {f}|happy birthday {f}|congrats {f}|welcome {f}|rip {p}|{p} is my hero|{p} for president|go {o}|{c} is calling|back in {c}|hello {c}"
    ),
    "letter": _ways(
        "Dear {t},|Dear {f},|Dear {p},|Dear {q} {l},|Dear {q} and {q} {l},|Dear {o},|Dear {f} and {f},|To {p}|To {t}|To {o}|Attn: {t}|Attention {p}|"
        "Sincerely, {p}|Sincerely,\\n{p}|Regards, {f}|Regards,\\n{p}\\n{o}|Yours truly,\\n{p}|Best,\\n{f}|Thanks,\\n{f}|Thank you,\\n{p}|Love,\\n{f}|"
        "Kind regards,\\n\\n{p}\\n[role], {o}|With best wishes,\\n{t}|{p}\\n[role]\\n{o}|{p}\\n{o}\\n{s}\\n{c}|{p}\\n{a}|{t}\\n{a}|{o}\\n{a}|{o}\\n{p}\\n{a}|"
        "{p}\\n{o}\\n{a}\\n{h}|{p}, {o}, {a}|c/o {p}\\n{a}|{a}\\n{c}, {d}|From: {p}\\nTo: {p}|From: {o}\\nTo: {p}\\nSubject: {w}|Cc: {p}; {p}|"
        "On {d}, {p} wrote:|On behalf of {o}, [role] {p}|Please send it to {p}, {a}.|Our address is {a}.|We have written to {t} at {o}.|"
        "{t} of {o} will contact you.|We represent {p} of {c}.|We act for {o}.|This concerns {p}, born on {d} in {c}.|"
        "I, {p}, of {a}, agree.|Signed, {p}|Signed by {p} for {o}|Witnessed by {t}|Enclosed: the lease for {a}|Tenant: {p}, {a}|Landlord: {o}"
    ),
    "record": _ways(
        "Name: {p}|Name {p}|Full name: {p}|First name: {f}|Last name: {l}|Surname: {l}, given name: {f}|Known as: {f}|Maiden name: {l}|Title: {q} Name: {p}|"
        "Name: {q} {p}|Client: {p}|Client: {o}|Customer: {q} {l}|Patient: {p}, {g}|Doctor: {t}|GP: {t}|Physician: {t}|Referred by: {t}|Seen by {t} at {o}|"
        "Employer: {o}|Employer {o}, {c}|Company: {o}|Organisation: {o}|School: {o}|Bank: {o}|Insurer: {o}|Vendor: {o}|Merchant: {o}|Payee: {p}|Payee: {o}|"
        "Beneficiary: {p}|Account holder: {p}|Cardholder {p}|Owner: {p}|Contact: {p} ({h})|Emergency contact: {p}|Next of kin: {p}|Spouse: {p}|"
        "Children: {f}, {f}|Mother's name: {p}|Witness: {t}|Address: {a}|Address {a}|Street: {s}|Home address: {a}|Work address: {o}, {a}|City: {c}|Town: {c}|"
        "City {c} Country {k}|State: {c}|Country: {k}|Country of birth: {k}|Place of birth: {c}|Birthplace: {c}, {k}|Nationality: {n}|Location: {c}|"
        "Location: {s}|Branch: {c}|From: {c} To: {c}|Departure: {c}|Destination: {c}|Origin {c}|Venue: {o}|Venue: {o}, {s}|Speaker: {p}|Author: {p}|"
        "Director: {p}|Cast: {p}, {p}|Artist: {p}|Editor {p}|Assigned to: {p}|Assignee: {f}|Reporter: {p}|Agent: {f}|Caller: {p}|Caller: {p}, {c}|"
        "Customer says her name is {p}|Customer lives in {c}|Customer works at {o}|Customer moved to {a}|Pt lives with {f}|Pt reports seeing {t}|"
        "{p}, customer since {d}, complains about {o}|{p}, {g}, from {c}, [role]|{p}, [role], {o}, {c}|{t}, {o}|{p};{c};{k}|{p},{e},{c}|{i};{p};{a}|"
        '"{p}","{c}","{k}"|{f} {l} {a} {h}|{l} {f} {c} {i}|{p} {o} {c}|{p} {s} {c}|{o} {c} {k}|{c} {k}|{p} {c} {k}'
    ),
    "sign": _ways(
        "{o}|{o} {c}|{o}, {s}|{o} - {c}|Welcome to {c}|Welcome to {o}|Welcome, {f}|Visit {c}|{c} city limits|{c} station|{c} airport|{s}|{s}, {c}|{a}|"
        "{p}|{p}, [role]|{t}|{q} {l}|{p} & {p}|{f} & {f}|{f} + {f}|Chez {f}|Made in {k}|Made in {c}|Printed by {o}|{o} est. {i}|{o} since {i}|{p} was here|"
        "{c}|{c}, {k}|{k}|{c} {c} {c}|{l}|{f}|{f} {l}|Hotel in {c}|For sale: {s}|To let: {a}|Missing: {f}|Wanted: {p}|Vote {l}|Vote for {p}|In memory of {p}"
    ),
    "spoken": _ways(
        "hello this is {p} calling from {o}|hi it's {f} {l} i'm calling about my card|hi my name is {f} last name {l}|yes it's {l} {f} {l}|"
        "my name is {p} i live at {a}|my name is {p} i live in {c} and i work for {o}|the name is {p} and my address is {a}|it's under {l} {f}|"
        "um it's {p}|uh {f} {l}|so it's {f} and the last name is {l}|yeah {p} that's me|that's right {p}|no it's {p}|i said {f} not {f}|"
        "i'm calling on behalf of my [kin] {p}|can i speak to {p} please|could you put me through to {t}|i was speaking to {f} earlier|"
        "i talked to someone named {f} yesterday|the lady i spoke to was {f}|{f} told me you could help|{f} from {o} gave me this number|"
        "i got this number from {t}|i have an appointment with {t} at {o}|i need to see {t}|i'm a patient of {t}|i bought it at {o} in {c}|"
        "i'm at the {o} in {c}|i'm on {s} in {c}|i'm in {c} right now|i just moved to {c}|i just moved from {c} to {a}|i live on {s}|"
        "it's {s} in {c}|it's {a}|the address is {a}|send it to {a} please|my old address was {a}|i'm originally from {k}|i'm from {c}|"
        "i work for {o}|i'm with {o}|i've been with {o} for ten years|i own a business called {o}|my company is called {o}|"
        "it was a charge from {o}|there's something from {o} on my statement|who is {o}|i don't know any {p}|i never paid {p}|"
        "my [kin]'s name is {f}|my [kin] is {p}|my [kin] {f} lives in {c}|my [kin] {f} works for {o}|her name is {p}|his name is {f}|their names are {f} and {f}|"
        "okay {f} let me check|thank you {f} and where do you live|thank you mister {l}|all right missus {l}|one moment {q} {l}|i see {q} {l}"
    ),
    "law": _ways(
        "{p} hereby grants {p} full power|{p} (the buyer) and {o} (the seller) agree|between {o}, {a}, and {p}, {a}|{o} shall pay {p} {m}|the heirs of {p}|"
        "the estate of {p}|the will of {p}, late of {c}|{p} being duly sworn|{p} v. {o}|{o} v. {p}|{l} against {o}|the court in {c} heard {p}|"
        "the case of {p}|judgment for {l}|{q} {l}, for the plaintiff|{p}, for {o}|the complaint names {p} and {p}|{o} appealed|{o}, as agent|"
        "{p} is appointed guardian of {f}|{p} and {p} are the parents of {f} {l}|power of attorney to {p}|notarised by {p} in {c}|filed by {p}|{p}'s lawyer|"
        "the shares held by {p}|{p} resigns as director of {o}|{o} appoints {p}|registered office: {a}|the premises at {a}|the tenant, {p}, pays {m}|"
        "the landlord is {o}|insured: {p}|insured party {o}|claim of {p}|{p} was the driver|the other driver was {p} of {c}|a car owned by {o} hit {p} on {s}"
    ),
    "news": _ways(
        "{p} has died at {i}|{p}, who [did0], has died|police arrested {p} in {c}|{i} people were hurt in {c}|a fire broke out in {c}|an earthquake shook {k}|"
        "troops entered {c}|protests spread from {c} to {c}|{k} and {k} agreed on a treaty|{k} accused {k} of spying|{k} will vote on {d}|"
        "{p} won the election in {k}|{p} lost the vote|president {p} arrived in {c}|{p} meets {p}|{p}: I was wrong|{p} to leave {o}|{o} to cut {i} jobs|"
        "{o} shares jump|{o} chief {p} steps down|{o} boss {l}|{o}'s {l}|{l} quits {o}|{l} sacked|{l} wins in {c}|{l} beats {l}|{l} injured|{c} mourns {p}|"
        "{c} floods|{c} beats {c}|{c} through to final|{o} sign {p}|{o} and {o} draw|{p} breaks record in {c}|{p} scores as {o} win|new {w} from {o}|"
        "{o} buys {o} for {m}|{o} under investigation|{o} data leak|residents of {c} protest|storm heads for {c}|the {c} derby|the {k} team|"
        "the {k} international {p}|{n} president {l}|{n} actress {p}|the late {p}|former minister {p}|{o} economist {p}|analyst {p} of {o}|"
        "\"{w} {w}\", {p} wrote|{p} tweeted|{p} told {o}|in an interview with {o}, {p}|reports {p} from {c}|by {p} in {c}|{c} ({o}) -|{c}, {d} ({o})"
    ),
    "did0": _ways("founded {o}|led {o}|sang with {o}|wrote {w}|played for {c}|served in {k}|was born in {c}|taught at {o}|married {p}"),
    "work": _ways(
        "{f} owns this ticket|{f} is out until {d}|{f} is off today|assigned {f}|over to {f}|looping in {f}|adding {f} and {f}|+ {f}|{f}, thoughts?|"
        "{p} reviewed it|{p} merged it|{p} opened an incident|{p} from {o} reported it|our contact at {o} is {p}|the client, {o}, is unhappy|"
        "{o} wants a demo|demo for {o} in {c}|call with {o} at ten|notes from the call with {p}|{p} will present|{p} takes notes|attendees: {p}, {p}, {p}|"
        "absent: {f}|chair: {p}|agenda: {f} on {w}|{f} to call {o}|{f} will email {l}|{l} to sign off|waiting on {o}|blocked by {o}|{o} has not paid|"
        "invoice {o}|quote for {o}|lead: {p}, {o}|hired {p} as [role]|{p} starts on {d}|farewell to {p}|{p} joins from {o}|interview with {p}|"
        "{p} has experience at {o} and {o}|{i} - {i} {o}, [role]|[role] at {o}, {c}|worked under {t}|studied {w} at {o}, {c}|born {d}, {c}|"
        "supervisor: {t}|line manager {p}|the {c} team|the {c} office is closed|visit {o} in {c}|fly {f} to {c}|book {f} a room at {o}|{f}'s laptop"
    ),
    "care": _ways(
        "{p} presented with fever|{p} complains of chest pain|{p} denies pain|{q} {l} called about {p}|seen by {q} {l}|{q} {l} prescribed {z}|{t} ordered an MRI|"
        "transfer {p} to {o}|{p} transferred from {o}|admit {p}|{p} discharged to {c}|follow up with {t}|follow-up at {o}|lab results of {p}|"
        "{f}'s blood pressure|{f} took {z}|{f} is allergic to {z}|I give {f} {z} twice a day|{f} has a fever|{f} fell|my [kin] {f} needs {z}|"
        "nurse {f} changed the dressing|{p} lives alone in {c}|{p} is cared for by {f}|carer: {p}, {h}|pharmacy: {o}, {s}|therapy with {p}|"
        "vaccinated by {t} on {d}|operation by {q} {l} at {o}|{q} {l} is on leave|can {q} {l} call me|is {q} {l} in today|a referral to {q} {l}|"
        "second opinion from {t}|{t} retired|{t}'s nurse|appointment: {t}, {d}|bed {i}: {p}|{l}, room {i}|donor {p}"
    ),
    "view": _ways(
        "{o} was a letdown|{o}: five stars|never again {o}|go to {o} if you are in {c}|the pizza at {o} is amazing|we ate at {o}|{o} has cold food|"
        "our waiter {f} was rude|{f} at the desk was kind|ask {f} for the {w}|{f} did a great job|{p} fixed it in an hour|thanks to {f} from {o}|"
        "{o} in {c} is better than {o}|{o} on {s} is closed|parking at {o} is awful|I got a {w} from {o}|my {w} from {o} broke|{o} would not take it back|"
        "{o} support is useless|spoke to {f}, {f} and then {f}|{f} promised a refund|a guy named {f} hung up|booked with {o}|{o} lost our booking|"
        "{c} has better ones|best in {c}|best hotel in {k}|the view of {c}|a week in {c}|day two: {c}|we loved {c} and {c}|skip {c}|"
        "{p}'s new film|{p} was brilliant as {l}|a book by {p}|{p} at {o} in {c}|saw {p} live in {c}|{o} played {w}|{l}'s best work|like {l}, but {w}"
    ),
    "go": _ways(
        "from {c} to {c}|from {c} via {c} to {k}|{c} to {c} return|one way to {c}|next train to {c}|the {i} to {c}|bus {i} towards {c}|exit at {c}|"
        "get off at {s}|it's near {s}|corner {s}|opposite {o}, {s}|driver, {s} please|from {s} to {o}|pick up at {a}|drop at {o}|stop at {c} on the way|"
        "how long from {c}|is it far from {c}|we passed {c}|arriving in {c} at noon|landed in {c}|my flight lands in {c}|hotel near {c}|hotel in {c} for {p}|"
        "room for {p}|passengers: {p}, {p}|ticket for {f}|baggage of {p}|visa for {k}|crossing into {k}|the border of {k} and {k}|weather {c}|map of {c}|"
        "directions from {a} to {a}|live traffic {c}|{c} tomorrow|{c} in march|{c} by car|{s} is blocked|deliver to {s}, {c}|send a cab to {o} on {s}"
    ),
    "thing": _ways("the {w}|the card|the parcel|the payment to {o}|the payment to {p}|the letter from {o}|the letter from {p}|the invoice|the house on {s}|"
                   "the flat at {a}|the flight to {c}|the trip to {k}|the call from {p}|the book by {p}|the song by {p}|the meeting with {p}|the deal with {o}|the {o} card|"
                   "the {l} account|the room for {p}|the order from {o}|the car of {p}|the money for {f}|the gift from {f}|the package for {p}"),
    "thing0": _ways("card|car|house|phone|account|order|parcel|number|address|wife|husband|son|mother|flight|appointment|birthday|idea|letter|office|team|dog|book|name|money|salary|desk|room"),
    "thingdid": _ways(
        "is missing|is late|is lost|is broken|is here|is cancelled|was stolen|was stolen in {c}|was sold to {p}|was sold to {o}|was sent to {a}|was sent to {f}|"
        "came from {o}|came from {c}|belongs to {f}|belongs to {o}|goes to {c}|goes to {p}|went to {f}|went to {o}|never arrived|arrived in {c}|is on {s}|is at {o}|"
        "is in {c}|is for {p}|is by {p}|is with {f}|is wrong|costs {m}|was great|was a disaster|is due {d}|needs {f}'s signature|has {p} on it|was paid by {o}|is under {l}"
    ),
}  # fmt: skip


def sentence(dice: random.Random) -> str:
    """One with slots to fill."""
    text = "[S]"
    while True:
        found = _PART.search(text)
        if found is None:
            return text.replace(",,", ",").strip(",")
        text = text[: found.start()] + dice.choice(GRAMMAR[found[1]]) + text[found.end() :]


if __name__ == "__main__":
    _dice = random.Random(1)  # noqa: S311 - chance, not secrecy
    for _ in range(20):
        print(sentence(_dice))
