"""What people say that no agent is for: examples of `out_of_scope`, beside which an agent's own intents are learnt.

Those that are close to one of an agent's own examples are left out when it is trained.
"""

from __future__ import annotations

from typing import Final

BACKGROUND: Final = tuple(
    """
    what is the weather like today
    will it rain tomorrow
    tell me a joke
    sing me a song
    who won the football match last night
    what is the capital of australia
    how tall is the eiffel tower
    how far is the moon
    play some music
    turn off the lights in the kitchen
    set an alarm for six in the morning
    set a timer for ten minutes
    what time is it in tokyo
    how do i cook rice
    give me a recipe for pancakes
    how many calories are in a banana
    book a table for two at an italian restaurant
    order a pizza with extra cheese
    find me a cheap flight to rome
    is my flight delayed
    book a hotel in paris for the weekend
    how do i get to the train station
    is there a lot of traffic on the highway
    when is the next bus
    call me a taxi
    my car will not start
    when should i change the oil in my car
    how do i fix a flat tyre
    what is the best phone to buy
    my laptop is very slow
    how do i connect my printer
    translate good morning into spanish
    how do you say thank you in japanese
    what does serendipity mean
    how do you spell necessary
    what is the square root of sixteen
    how many ounces are in a pound
    convert ten miles to kilometres
    who is the president of france
    who wrote romeo and juliet
    what year did the war end
    tell me about the history of rome
    what is the meaning of life
    do you believe in god
    are you a robot
    what is your name
    how old are you
    where do you live
    do you have any hobbies
    what is your favourite colour
    do you like cats or dogs
    i love you
    will you marry me
    you are stupid
    my dog ate my homework
    my cat is sick
    i have a headache
    what should i take for a cold
    i need to see a doctor
    how do i lose weight
    recommend a good book
    what is a good movie to watch tonight
    when does the new season start
    what are the lottery numbers
    who is the best football player
    what is the score of the game
    tell me the news
    what is happening in the world
    what is my horoscope
    flip a coin
    roll a dice
    pick a number between one and ten
    what should i wear today
    where can i buy shoes
    how do i remove a stain from a shirt
    when is easter this year
    what day is it today
    how many days until christmas
    remind me to buy milk
    add bread to my shopping list
    read me my messages
    send a text to my mother
    what is on my calendar for today
    take a picture
    how do plants grow
    why is the sky blue
    how do airplanes fly
    what do bees eat
    how big is an elephant
    what is the fastest animal
    teach me to play the guitar
    how do i learn to swim
    what is the best way to study
    help me with my homework
    write a poem about the sea
    tell me a story
    what is for dinner
    i am hungry
    i am bored
    i am tired
    it is raining outside
    the food was delicious
    my neighbour is too loud
    the fence needs painting
    the children are playing in the garden
    we went to the beach on sunday
    she bought a new dress
    he is reading the newspaper
    the train was late again
    look at that bird
    blah blah blah
    asdf qwerty
    la la la
    testing one two
    the quick brown fox jumps over the lazy dog
    colourless green ideas sleep furiously
    """.strip().splitlines()
)
EXAMPLES: Final = tuple(line.strip() for line in BACKGROUND)
_GERMAN: Final = """
    wie ist das Wetter heute
    regnet es morgen
    scheint am Wochenende die Sonne
    singen Sie mir ein Lied vor
    wer hat die Wahl gewonnen
    was ist die Hauptstadt von Australien
    wie hoch ist der Eiffelturm
    wie weit ist es bis zum Mond
    mach bitte das Licht in der Küche aus
    stelle einen Timer auf zehn Minuten
    wie spät ist es in Tokio
    wie koche ich Reis
    hast du ein Rezept für Pfannkuchen
    wie viele Kalorien hat eine Banane
    reservieren Sie einen Tisch beim Italiener
    eine Pizza mit extra Käse bitte
    suchen Sie mir einen billigen Flug nach Spanien
    hat mein Flug Verspätung
    ich suche ein Hotel in Paris
    wie komme ich zum Bahnhof
    ist viel Verkehr auf der Autobahn
    wann kommt der nächste Bus
    rufen Sie mir bitte ein Taxi
    mein Auto springt nicht an
    wann muss ich das Öl wechseln
    der Reifen ist kaputt
    welches Handy soll ich kaufen
    mein Rechner startet nicht mehr
    der Drucker druckt nicht
    wie lautet das Passwort für das WLAN
    übersetze das bitte ins Englische
    wie sagt man danke auf Japanisch
    wer war der erste Mensch auf dem Mond
    wie viele Einwohner hat Berlin
    wann wurde Goethe geboren
    was macht eine Giraffe
    warum ist der Himmel blau
    erzähl mir etwas über Dinosaurier
    meine Katze frisst nicht mehr
    der Hund muss zum Tierarzt
    ich habe Rückenschmerzen
    mir ist schlecht
    wann hat die Apotheke auf
    ich brauche einen Termin beim Friseur
    die Heizung wird nicht warm
    der Wasserhahn tropft
    im Bad ist das Licht ausgefallen
    die Spülmaschine läuft aus
    wo kann ich meinen Müll abgeben
    wann wird der Sperrmüll geholt
    mein Sohn hat morgen Geburtstag
    was schenke ich meiner Mutter
    ich möchte in den Urlaub fahren
    wo ist der schönste Strand
    welche Schuhe passen dazu
    haben Sie das Kleid auch in Rot
    wie wasche ich einen Wollpullover
    der Zug war schon wieder zu spät
    die Fußballmannschaft hat verloren
    wer spielt heute Abend
    welcher Film läuft im Kino
    spiel mein Lieblingslied
    mach die Musik lauter
    erinnere mich an den Müll
    setze Milch auf die Einkaufsliste
    was kostet ein Kilo Tomaten
    wie viel wiegt ein Elefant
    was ist siebzehn mal vier
    wie rechnet man Meilen in Kilometer um
    welcher Tag ist heute
    wann ist Ostern in diesem Jahr
    wie alt sind Sie eigentlich
    haben Sie Geschwister
    sind Sie verheiratet
    ich liebe dich
    du bist doof
    das ist doch Unsinn
    ich lese gerade ein Buch
    der Kaffee ist kalt
    das Essen war sehr lecker
    wir gehen heute schwimmen
    er arbeitet in einer Fabrik
    meine Nachbarin hat einen Garten
    die Kinder spielen draußen
    das Haus hat ein rotes Dach
    gestern war ich im Theater
    ich lerne Klavier spielen
    wie lange dauert die Fahrt nach Köln
    gibt es hier einen Aufzug
    wo sind die Toiletten
    der Schlüssel steckt noch
    ich habe meine Brille verlegt
    das Fenster geht nicht zu
    können Sie mir beim Umzug helfen
    wie schreibt man Rhythmus
    bla bla bla
    eins zwei drei Test
    das Pferd läuft über die Wiese
    im Herbst fallen die Blätter
    Wale sind keine Fische
    """
_SPANISH: Final = """
    qué tiempo hace hoy
    va a llover mañana
    cuéntame un chiste
    canta una canción
    quién ganó el partido de anoche
    cuál es la capital de australia
    cuánto mide la torre eiffel
    pon música
    apaga la luz de la cocina
    pon una alarma a las seis
    qué hora es en tokio
    cómo se cocina el arroz
    dame una receta de tortilla
    reserva una mesa para dos
    pide una pizza con queso
    busca un vuelo barato a roma
    mi vuelo va con retraso
    busco un hotel en parís
    cómo llego a la estación
    hay mucho tráfico en la autopista
    cuándo pasa el próximo autobús
    llámame un taxi
    mi coche no arranca
    se me ha pinchado una rueda
    qué móvil me compro
    el ordenador no se enciende
    la impresora no imprime
    cómo se dice gracias en japonés
    cuántos habitantes tiene madrid
    por qué el cielo es azul
    mi gato no quiere comer
    me duele la espalda
    cuándo abre la farmacia
    la calefacción no funciona
    gotea el grifo
    mañana es el cumpleaños de mi hijo
    qué le regalo a mi madre
    dónde está la playa más bonita
    tienen este vestido en rojo
    el tren ha llegado tarde otra vez
    qué película ponen en el cine
    sube el volumen
    apunta leche en la lista de la compra
    cuánto pesa un elefante
    cuánto es diecisiete por cuatro
    qué día es hoy
    cuántos años tienes
    te quiero
    eso es una tontería
    estoy leyendo un libro
    el café está frío
    la comida estaba muy rica
    vamos a nadar
    trabaja en una fábrica
    los niños juegan fuera
    la casa tiene el tejado rojo
    ayer fui al teatro
    aprendo a tocar el piano
    hay un ascensor aquí
    dónde están los servicios
    he perdido las gafas
    la ventana no se cierra
    bla bla bla
    uno dos tres probando
    en otoño caen las hojas
    """
_OTHERS: Final = {"de": _GERMAN, "es": _SPANISH}


def background(language: str) -> tuple[str, ...]:
    """In English, and in the language itself: else whatever is said in it would be like the agent's own examples."""
    more = _OTHERS.get(language.partition("-")[0].lower(), "")
    return (*EXAMPLES, *(line.strip() for line in more.strip().splitlines()))
