"""What parties say gladly, plainly, unhappily and angrily: what `sentiment.py` puts together to train on.

By language: `plain` are wishes without feeling; the others are said alone, or beside a wish.
"""

from __future__ import annotations

from typing import Final


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


ENGLISH: Final = {
    "plain": _lines("""
        i want to check my balance
        what are your opening hours
        i would like to make an appointment for tuesday
        can you tell me where my order is
        i need to change my address
        my customer number is one two three
        i lost my card yesterday
        please block my card
        how do i reset my password
        the savings account please
        send it to my old address
        two hundred dollars
        yes that is right
        no not that one
        i do not know the number
        could you repeat that please
        i have a question about my bill
        i want to return a pair of shoes
        is there a branch in town
        my name is anna and i call about my contract
        i need a prescription refill
        the printer on the second floor does not print
        transfer fifty to my brother
        what does the loan cost per month
        tell me the last three transactions
        when will the technician come
        the account ending in four four
        i am calling because of a letter that i received
        it is for next monday at ten
        can i speak to a person please
        okay
        hello good morning
        maybe later
        i did not receive the code yet
        there is a payment that i do not recognise
        no thank you that is all
        """),
    "glad": _lines("""
        thank you so much
        thanks that was really helpful
        great
        perfect that is exactly what i needed
        wonderful
        you have been very kind
        i am very happy with your service
        that is awesome
        excellent work
        i love how easy this is
        that was quick i am impressed
        brilliant thank you
        you made my day
        fantastic it works now
        i really appreciate your help
        lovely
        this is the best bank i ever had
        i am so glad that worked
        good job
        not bad at all
        that is good news
        what a relief thank you
        super that is fine with me
        amazing thanks a lot
        i am pleased with the result
        """),
    "unhappy": _lines("""
        i am not happy with this
        that is disappointing
        this does not work at all
        it is still broken
        unfortunately that did not help
        i have been waiting for two weeks
        nobody called me back
        i am worried about my money
        that is too expensive
        this is confusing
        i am frustrated
        the service is bad
        it is the wrong item again
        i am not satisfied
        you did not help me
        that is not good
        it keeps failing
        i am sad to hear that
        this is taking far too long
        i do not like this
        poor quality
        it is annoying
        i have a problem and nobody helps
        sadly the parcel was damaged
        that makes me anxious
        i was charged twice
        i expected better
        it was a bad experience
        """),
    "angry": _lines("""
        this is ridiculous
        this is unacceptable
        i am furious
        are you kidding me
        you are useless
        i am sick of this
        i want to speak to your manager right now
        this is the third time i call about this
        what the hell is wrong with you
        how dare you
        you idiots
        this is a disgrace
        i have had enough
        stop wasting my time
        i am going to sue you
        give me my money back right now
        you people are incompetent
        shut up and get me a human
        this is outrageous
        i am really angry
        absolutely terrible worst company ever
        you stole my money
        damn it
        this is bullshit
        i hate this stupid machine
        never again i am cancelling everything
        i will report you to the authorities
        what kind of joke is this
        i am fed up with your lies
        """),
}
GERMAN: Final = {
    "plain": _lines("""
        ich möchte meinen kontostand wissen
        wann haben sie geöffnet
        ich hätte gern einen termin am dienstag
        wo ist meine bestellung
        ich muss meine adresse ändern
        ich habe meine karte verloren
        bitte sperren sie meine karte
        wie setze ich mein passwort zurück
        das sparkonto bitte
        zweihundert euro
        ja das stimmt
        nein das andere
        können sie das bitte wiederholen
        ich habe eine frage zu meiner rechnung
        ich brauche ein neues rezept
        überweisen sie fünfzig an meinen bruder
        kann ich mit jemandem sprechen
        was kostet der kredit im monat
        guten tag ich rufe wegen meines vertrags an
        nein danke das ist alles
        ich weiß die nummer nicht
        """),
    "glad": _lines("""
        vielen dank
        danke das hat sehr geholfen
        super
        perfekt genau das habe ich gebraucht
        wunderbar
        sie sind sehr freundlich
        ich bin sehr zufrieden
        großartig
        das ging aber schnell toll
        ich freue mich sehr
        ausgezeichnet
        das ist eine gute nachricht
        prima danke schön
        gar nicht schlecht
        ich bin begeistert
        toll es funktioniert jetzt
        """),
    "unhappy": _lines("""
        ich bin nicht zufrieden
        das ist enttäuschend
        das funktioniert überhaupt nicht
        es ist immer noch kaputt
        leider hat das nicht geholfen
        ich warte seit zwei wochen
        niemand hat mich zurückgerufen
        ich mache mir sorgen um mein geld
        das ist zu teuer
        das ist verwirrend
        ich bin frustriert
        der service ist schlecht
        das ist schon wieder falsch
        das dauert viel zu lange
        das gefällt mir nicht
        schlechte qualität
        das ist ärgerlich
        leider war das paket beschädigt
        """),
    "angry": _lines("""
        das ist lächerlich
        das ist inakzeptabel
        das ist eine frechheit
        ich bin stinksauer
        wollen sie mich verarschen
        sie sind unfähig
        ich habe die nase voll
        ich will sofort ihren chef sprechen
        das ist das dritte mal dass ich anrufe
        was soll der scheiß
        unverschämt
        ihr idioten
        mir reicht es jetzt
        ich verklage sie
        geben sie mir sofort mein geld zurück
        das ist eine sauerei
        ich bin wütend
        halten sie den mund
        verdammt noch mal
        so ein saftladen
        ich kündige alles
        das ist ja wohl ein witz
        """),
}
SPANISH: Final = {
    "plain": _lines("""
        quiero saber mi saldo
        cuál es el horario de apertura
        quisiera una cita para el martes
        dónde está mi pedido
        necesito cambiar mi dirección
        he perdido mi tarjeta
        por favor bloquee mi tarjeta
        cómo cambio mi contraseña
        la cuenta de ahorros por favor
        doscientos euros
        sí eso es
        no la otra
        puede repetirlo por favor
        tengo una pregunta sobre mi factura
        necesito una receta nueva
        transfiera cincuenta a mi hermano
        puedo hablar con una persona
        cuánto cuesta el préstamo al mes
        buenos días llamo por mi contrato
        no gracias eso es todo
        no sé el número
        """),
    "glad": _lines("""
        muchas gracias
        gracias me ha ayudado mucho
        genial
        perfecto es justo lo que necesitaba
        maravilloso
        es usted muy amable
        estoy muy contento con el servicio
        estupendo
        qué rápido excelente
        me alegro mucho
        me encanta
        es una buena noticia
        nada mal
        fantástico ya funciona
        qué bien gracias
        """),
    "unhappy": _lines("""
        no estoy contento con esto
        qué decepción
        esto no funciona para nada
        sigue roto
        por desgracia eso no me ayudó
        llevo dos semanas esperando
        nadie me ha llamado
        me preocupa mi dinero
        es demasiado caro
        esto es confuso
        estoy frustrado
        el servicio es malo
        otra vez está mal
        tarda demasiado
        no me gusta
        mala calidad
        es molesto
        el paquete llegó dañado
        """),
    "angry": _lines("""
        esto es ridículo
        esto es inaceptable
        estoy furioso
        me está tomando el pelo
        son unos inútiles
        estoy harto de esto
        quiero hablar con su jefe ahora mismo
        es la tercera vez que llamo
        qué demonios les pasa
        qué vergüenza
        idiotas
        ya basta
        los voy a demandar
        devuélvanme mi dinero ahora mismo
        son unos incompetentes
        cállese
        estoy muy enfadado
        maldita sea
        me han robado
        esto es una mierda
        cancelo todo nunca más
        esto es una tomadura de pelo
        """),
}
FRENCH: Final = {
    "plain": _lines("""
        je voudrais connaître mon solde
        quels sont vos horaires
        je voudrais un rendez-vous mardi
        où est ma commande
        je dois changer mon adresse
        j'ai perdu ma carte
        veuillez bloquer ma carte
        comment changer mon mot de passe
        le compte épargne s'il vous plaît
        deux cents euros
        oui c'est ça
        non l'autre
        pouvez-vous répéter s'il vous plaît
        j'ai une question sur ma facture
        il me faut une nouvelle ordonnance
        virez cinquante à mon frère
        puis-je parler à quelqu'un
        combien coûte le prêt par mois
        bonjour j'appelle pour mon contrat
        non merci c'est tout
        je ne connais pas le numéro
        """),
    "glad": _lines("""
        merci beaucoup
        merci ça m'a bien aidé
        super
        parfait c'est exactement ce qu'il me fallait
        merveilleux
        vous êtes très aimable
        je suis très content du service
        génial
        c'était rapide excellent
        je suis ravi
        j'adore
        c'est une bonne nouvelle
        pas mal du tout
        formidable ça marche maintenant
        quel soulagement merci
        """),
    "unhappy": _lines("""
        je ne suis pas content
        c'est décevant
        ça ne marche pas du tout
        c'est toujours en panne
        malheureusement ça n'a pas aidé
        j'attends depuis deux semaines
        personne ne m'a rappelé
        je m'inquiète pour mon argent
        c'est trop cher
        c'est compliqué
        je suis frustré
        le service est mauvais
        c'est encore une erreur
        c'est beaucoup trop long
        ça ne me plaît pas
        mauvaise qualité
        c'est pénible
        le colis est arrivé abîmé
        """),
    "angry": _lines("""
        c'est ridicule
        c'est inacceptable
        je suis furieux
        vous vous moquez de moi
        vous êtes des incapables
        j'en ai marre
        je veux parler à votre responsable tout de suite
        c'est la troisième fois que j'appelle
        c'est quoi ce bordel
        c'est une honte
        bande d'idiots
        ça suffit
        je vais porter plainte
        rendez-moi mon argent tout de suite
        vous êtes nuls
        taisez-vous
        je suis très en colère
        merde
        vous m'avez volé
        c'est scandaleux
        j'annule tout plus jamais
        c'est du foutage de gueule
        """),
}
LANGUAGES: Final = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH}

WORDS: Final = {
    "de": {
        "glad": """
            danke dankbar herzlich gut super toll klasse prima perfekt wunderbar schön wunderschön
            freundlich nett hilfreich schnell zufrieden glücklich froh begeistert erfreut freue
            gefällt liebe großartig hervorragend ausgezeichnet spitze fantastisch genial erleichtert
            lob gelungen einwandfrei bestens endlich funktioniert
        """,
        "unhappy": """
            schlecht schlimm kaputt defekt leider enttäuscht enttäuschend unzufrieden traurig
            besorgt sorge angst frustriert ärgerlich verärgert langsam umständlich kompliziert teuer
            falsch fehler problem probleme nie niemand niemals verspätet verspätung beschädigt fehlt
            beschwerde beschweren unfreundlich mühsam schade vergeblich bereue kalt hässlich
            unübersichtlich unzuverlässig mangelhaft vergessen verloren schmerzen
        """,
        "angry": """
            frechheit unverschämt unverschämtheit idiot idioten scheiße scheiß mist verdammt betrug
            betrüger lügner lügen unfähig wütend sauer stinksauer zornig anwalt verklage anzeige
            sofort vorgesetzten schnauze abzocke abzocker sauerei skandal lächerlich unerhört
            empörend dreist schluss reicht hasse dumm blöd klappe
        """,
    },
    "es": {
        "glad": """
            gracias bueno buena bien genial perfecto excelente maravilloso estupendo fantástico
            encantado encantada contento contenta feliz alegre alegría amable simpático útil rápido
            satisfecho satisfecha bonito precioso increíble ideal mejor gusta encanta agradezco
            agradecido fenomenal aliviado funciona felicidades bravo
        """,
        "unhappy": """
            malo mala mal peor roto rota defectuoso desgraciadamente lamentablemente decepcionado
            decepcionante triste preocupado preocupa miedo frustrado molesto molesta lento
            complicado caro error errores problema problemas nunca nadie tarde retraso dañado falta
            queja quejarme antipático difícil lástima inútilmente arrepiento frío feo confuso
            olvidado perdido dolor lío
        """,
        "angry": """
            vergüenza sinvergüenza sinvergüenzas idiota idiotas mierda maldito estafa estafador
            ladrones mentiroso mentira mentiras inútil incompetente furioso furiosa harto harta
            enfadado abogado denuncia demanda exijo inmediatamente supervisor cállate asco asqueroso
            robo escándalo ridículo inaceptable indignante basta odio estúpido imbécil
        """,
    },
    "fr": {
        "glad": """
            merci bon bonne bien super parfait excellent merveilleux formidable fantastique génial
            ravi ravie content contente heureux heureuse joie aimable gentil gentille utile rapide
            satisfait satisfaite beau magnifique incroyable idéal mieux adore apprécie reconnaissant
            soulagé fonctionne bravo félicitations impeccable
        """,
        "unhappy": """
            mauvais mauvaise mal pire cassé cassée défectueux malheureusement hélas déçu déçue
            décevant triste inquiet inquiète peur frustré pénible lent compliqué cher erreur erreurs
            problème problèmes jamais personne tard retard abîmé endommagé manque plainte
            désagréable difficile dommage regrette froid moche confus oublié perdu douleur ennuyeux
            panne
        """,
        "angry": """
            honte scandale scandaleux idiot idiots merde putain bordel arnaque arnaqueur escroc
            voleurs menteur mensonge mentir incapable incompétent furieux furieuse marre colère
            avocat plainte exige immédiatement supérieur taisez dégueulasse vol ridicule
            inacceptable inadmissible révoltant suffit déteste stupide imbécile nul
        """,
    },
}
"""Words that say it by themselves: where the vectors, which know English, do not help."""
