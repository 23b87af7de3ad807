"""Words of German, Spanish and French that are nobody's name, though German writes half of them with a capital, and
English ones that look like O'Neill."""

# ruff: noqa: SIM905
from __future__ import annotations

from typing import Final

OTHER_WORDS: Final = frozenset(
    (
        "ab abbrechen abbuchung abend abgebrochen abgebucht abheben account acht adiós adresse agence agent aide "
        "alles als am amount an andere anderen anders anfang anfechten angebot année antwort antworten app april "
        "argent arrived au auf aufnehmen aufs august aus ausgeben ausgegeben ausland auto automat ayer ayuda año "
        "balance banco bank banque bargeld beanstanden beanstandung beantrage beantworten bedingungen beende "
        "beendet beginnen behalten bei beispiel beispielbank bekommen belastet belastung benutzt berater beratung "
        "besetzt besoin bestellung betrag bezahlt bieten bin bis bitte bleibt bonjour bonsoir brauche brechen "
        "bringen buche buchen buchungen buenas buenos cajero card carte case cent chat cita client cliente code "
        "comisión commande compte comptes cuenta cuentas da dabei dafür damit danach dank danke dann darlehen das "
        "dass dauerauftrag dauert davor day dazu delivered dem demain den der des deshalb deutsch dezember die "
        "dienstag diese diesem dieser dieses dimanche dinero dirección disputed doch dollar domingo donnerstag "
        "doppelt dritten drücken durch durchstellen días ec echten ein eine einem einen einer eingezogen einmal "
        "else ende entschuldigung envío erledigt erreiche erreur error erstattung erste eröffne es etwas factura "
        "facture falsche falschen farbe favor februar fehler feiertag feiertagen feld fertig filiale filialen "
        "finanzieren finanzierung finde for frage fragen frais frau freitag freitagnachmittag from funktioniert "
        "fünf fünftausend fünfzig fünfzigtausend für geben gebühr gebühren gehalt gehen geholfen geht gehört "
        "gekauft geklappt geklaut geld geldautomat geldbeutel gemacht genug gerade gern gerne gesagt geschlossen "
        "gesicherte gesperrt gespräch gestern gestohlen gewandt geöffnet gibt gilt ging giro girokarte girokonto "
        "glaube gott gracias guten guthaben gutschein habe haben hallo hat helfen her herr heute hier hilfe "
        "himmel hoch hola hoy händler hätte höre hören ich if ihnen ihr ihre ihrem ihren ihrer im immer importe "
        "informationen innerhalb ist ja jahr jahre januar je jeder jederzeit jemand jemandem jetzt jeudi jueves "
        "juli juni kann karte karten kartenservice kartensperrung kartenzahlung kenne kollege kollegen kollegin "
        "komme kommen kommt konten konto kontoauszug kontobewegungen kontostand kostet kredit kredite krediten "
        "kreditkarte kunde kunden kundennummer kundenservice kundin können kündige lange lassen last lastschrift "
        "lastschriften latest lautet legen leid leider leihen lesen letzte letzten lieber lieferung limit "
        "livraison los lundi lunes läuft ma machen macht madame mal mardi martes maschine mañana mehr mein meine "
        "meinem meinen meiner melden mensch menschen merci mercredi mes mi mich minus minute minuten mir mis mit "
        "mitarbeiter mitarbeiterin mitbekommen mittags mittwoch miércoles mois moment mon monat monate monatliche "
        "monsieur montag montant morgen muss märz möchte möchten möglich möglichkeiten nach nacht name necesito "
        "nein nennen nett neue neuen neues neun nicht nichts nie noch noches nom nombre nous november nummer "
        "numéro número ob oder offen offers oficina oktober order ordnung own pago pagos paiement paket passiert "
        "pedido peux pin plaît por pregunta problem problema problème préstamo prêt prüfen puede question quiero "
        "rate raten rautetaste rechnung rechnungen reden reklamieren rendez revoir richtig rückbuchung rückgabe "
        "sache sagen saldo samedi samstag schließen schon schreiben schön schönen second sehe sehen sehr sein "
        "semaine semana september señor señora sich sicherheit sie sieben siebzehn sieht sind sofort soll sonntag "
        "sonntags sonst sparkonto sperren spoken sprechen stand stelle stellen stimmt stunde stunden su sus "
        "sábado tag tage tagen tagesgeld tagesgeldkonto tardes "
        "tarjeta tausend tengo termin termine third tippen to transferencia treated "
        "tschüss tun tut uhr um umbuchen umbuchung umgebucht umsatz umsätze und uns unser unsere unseren "
        "unterlagen unterwegs usted ustedes vendredi verbinde verbinden vergessen verleihen verloren verschieben "
        "verschwunden versichert verstanden vertrag viel vielen vielleicht vier viernes vierzig virement vom von "
        "vor vorlesen vorne vorzeitig vos votre voudrais vous wann war ware waren was week weg weiter weiß welche "
        "welchem welches werden werktagen what widersprechen wie wieder wiederholen wiederhören wiedersehen "
        "willkommen wir wird wissen wo wobei woche wochen wofür worden wurde wäre year your zahlen zahlung "
        "zahlungen zehn zeigen zeit zins zinsen zu zugang zuletzt zum zurück zurückzahlen zweihundert zweimal "
        "zwölf ändere öffnet öffnungszeiten über überlegt übermorgen überweisen überweisung überweisungen übrig "
        "o'clock ma'am"
    ).split()
)
