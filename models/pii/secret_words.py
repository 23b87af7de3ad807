"""The words people use for passwords and keys, and about them, in English, German, Spanish and French.

`STOPS` and `STATES` are what is said of a password rather than given as one: after `my password is` the first of them
ends the matter, since a password that is an everyday word is rarer than a question about one.
"""

# ruff: noqa: S105, SIM905
from __future__ import annotations

import re
from typing import Final

PASSWORD_WORDS: Final = (
    r"pass?[ -]?w(?:or|ro|ar|o)r?ds?|passwd|pass ?codes?|pwd?|psw|"
    r"(?<!ing )(?<!bus )(?<!ski )(?<!son )(?<!vel )(?<!day )(?<!tor )pass(?=\s?[:=])|"
    r"passw(?:o|ö)rt(?:er)?|kennwort|losungswort|codewort|zugangscode|contrase[nñ]as?|clave(?: de acceso)?|"
    r"palabra (?:secreta|clave)|mots? de passe|mdp|code d'accès|mot secret|"
    r"(?:secret|memorable|security|safe|code) ?word"
)
"""A pass may be a bus's or a day's too."""
PHRASE_WORDS: Final = (
    r"pass[ -]?phrases?|(?:seed|recovery|secret|mnemonic|backup) phrases?|mnemonic|passsatz|merksatz|kennsatz|"
    r"wiederherstellungs(?:phrase|wörter)|frase (?:de contraseña|secreta|de paso|semilla|de recuperación)|"
    r"phrases? (?:secrète|de passe|de récupération)"
)
KEY_WORDS: Final = (
    r"(?:x-)?(?:api|access|secret|auth|authentication|authorization|client|app|application|encryption|ssh|"
    r"account|shared|"
    r"deploy|signing|session|refresh|bearer|personal access|webhook|aws|azure|github|gitlab|slack|stripe|openai|"
    r"recovery|"
    r"bitlocker|master|private|service|admin|id|csrf|storage)"
    r"[ _-]?(?:access[ _-]?|secret[ _-]?|api[ _-]?|account[ _-]?|recovery[ _-]?)?(?:keys?|tokens?|"
    r"secrets?)(?:[ _-]?id)?|"
    r"tokens?|bearer|authorization|secrets?|backup codes?|recovery codes?|credentials?|"
    r"(?:api|zugriffs|zugangs|geheim|wiederherstellungs)[ -]?(?:schlüssel|token|code)|schlüssel|"
    r"clave (?:de )?(?:api|acceso|secreta)|token de acceso|clés? (?:d'api|api|d'accès|secrète)|jetons?(?: d'accès)?"
)
LINK: Final = (
    r"\s{0,9}(?:->|=>|:=|[:=])\s{0,9}(?:-+\s{1,9})?"
    r"|,?\s{1,9}(?:which |that )?(?:is|was|are|reads|used to be|ist|war|lautet|heißt|heisst|es|era|est|était|c'est)"
    r"(?: (?:still|now|just|simply|always|all|spelled|spelt|bisher|früher|immer|currently|actually|like|set to|"
    r"this|the following|um|uh|noch|jetzt|einfach|"
    r"aktuell|"
    r"folgendes|ahora|todavía|simplemente|toujours|maintenant|simplement))?\s?[:,]?\s{1,9}(?:-+\s{1,9})?"
    r"|(?: (?:should|would|will|must|could) be|'s|’s) "
)
CHANGED: Final = (
    r"changed|set|made|updated|switched|(?:habe|hab)\b[^.!?;\n]{0,40}|he (?:cambiado|puesto)|cambié|puse"
    r"|j'ai (?:changé|mis)"
)
UNITS: Final = frozenset(
    (
        "characters character letters digits signs symbols words chars days day weeks months years minutes "
        "hours times "
        "attempts tries zeichen buchstaben ziffern tage tagen wochen monate jahre mal stellen stellig "
        "caracteres letras "
        "dígitos días semanas meses años veces caractères lettres chiffres jours semaines mois ans fois"
    ).split()
)
STATES: Final = frozenset(
    (
        "correct right wrong old new secure strong weak long short simple easy hard good bad fine safe secret "
        "private "
        "public hidden visible empty blank missing unknown temporary permanent default initial original current "
        "previous last first next same different similar identical unique random valid invalid incorrect false true "
        "active inactive dead gone lost stolen stuck ready due okay ok richtig falsch alt neu sicher unsicher stark "
        "schwach lang kurz einfach schwer gut schlecht geheim leer weg ungültig gültig korrekt inkorrekt verkehrt "
        "unbekannt zufällig gleich dasselbe abgelaufen correcta correcto incorrecta incorrecto errónea erróneo falsa "
        "falso vieja nueva antigua segura fuerte débil larga corta fácil difícil buena mala secreta vacía inválida "
        "válida desconocida temporal misma igual incorrect bon mauvais faux juste vieux nouveau ancien sûr fort "
        "faible "
        "court facile difficile vide invalide valide inconnu temporaire même perdu périmé"
    ).split()
)
"""May begin a pass phrase (`correct horse …`), but say how it is where nothing more comes."""
STOPS: Final = frozenset(
    (
        # English
        "a an the this that these those my your his her its our their me you him them us it i we he she they "
        "who what "
        "which when where why how whose not no never none nothing nobody nowhere n't isn't wasn't doesn't don't "
        "can't "
        "cannot won't is was are were be been being am do does did done have has had having will would shall should "
        "can could may might must need needs needed want wants get gets getting got gotten give given go goes going "
        "gone come comes let make makes made take takes taken keep keeps kept put set say says said tell told ask "
        "know knows known see seen show shown use used using try tried type typed enter entered work works working "
        "worked reset resets resetting change changes changed changing forget forgot forgotten remember remembered "
        "reset accept accepted expire expires expired lock locks locked block blocked reject rejected deny denied "
        "refuse refused fail fails failed failing require requires required ask asks asked send sent receive "
        "received "
        "store stored save saved share shared leak leaked hack hacked steal compromised exposed written saved "
        "encrypted hashed protected synced synchronised synchronized generated created assigned allowed disabled "
        "enabled shown displayed printed listed case caps all any some each every both either neither too so very "
        "really quite rather pretty just only also even still yet already again always ever often sometimes maybe "
        "perhaps probably possibly apparently obviously clearly definitely certainly actually currently recently now "
        "then here there today yesterday tomorrow soon later before after since until while because if unless though "
        "although but and or nor for of to from in into on onto off at by with without about above below under over "
        "between through during against around up down out back away near as than like such more most less least "
        "super related much many few enough several other another else instead least well please thanks thank "
        "sorry hello hi hey "
        "yes yeah yep ok okay um uh er hmm supposed going about due apart part one's sensitive insensitive important "
        "needed necessary mandatory optional impossible possible available unavailable broken fixed weird strange "
        "funny annoying terrible great stupid silly complicated complex password passwords passcode passwort "
        "passphrase "
        "username user login account email e-mail mail code pin token key question problem issue error something "
        "anything everything someone somebody anyone anybody everyone everybody up-to-date someone's unlocked longer "
        "shorter stronger weaker better worse older newer easier harder safer wrong reused "
        # German
        "der die das den dem des ein eine einen einem einer eines kein keine keinen mein meine meinen meinem meiner "
        "dein deine ihr ihre ihren sein seine unser unsere euer ich du er sie es wir man mir mich dir dich ihm "
        "ihn uns "
        "euch ihnen nicht nie niemals nichts nur noch schon jetzt nun hier da dort dann wann wo wie was wer warum "
        "weshalb wieso ob dass weil wenn als denn aber und oder doch sondern auch sehr zu zum zur im in am an "
        "auf aus "
        "bei beim mit nach seit von vom vor für gegen ohne um über unter zwischen durch bis ja nein bitte danke "
        "leider "
        "wohl vielleicht wahrscheinlich angeblich immer wieder oft mal einfach eigentlich gerade heute gestern "
        "morgen "
        "ist war sind waren bin bist sei wäre werden wird wurde worden haben habe hat hatte kann können könnte muss "
        "müssen soll sollte will wollen würde möchte darf brauche braucht weiß wissen gibt geht gehen ging lässt "
        "groß klein nötig notwendig erforderlich möglich unmöglich wichtig kaputt bekannt etwas jemand jeder jede "
        "alle alles viel viele mehr weniger genug anders andere anderes anderen "
        # Spanish
        "el la los las un una unos unas lo le les se me te nos os mi mis tu tus su sus nuestro nuestra este "
        "esta esto "
        "ese esa eso aquel yo tú él ella usted nosotros ellos ustedes no nunca nada nadie ni sí ya aún todavía ahora "
        "aquí ahí allí entonces cuando cuándo donde dónde como cómo que qué quien quién cual cuál por porque "
        "para pero "
        "y e o u si sino también muy tan más menos mucho mucha poco bastante demasiado de del al a ante con contra "
        "desde en entre hacia hasta según sin sobre tras es era son está están estaba estoy ser estar ha han he "
        "había "
        "hay tiene tengo tener puede puedo pueden debe quiero necesito hacer hace funciona sirve sea parece "
        "dice favor "
        "gracias hola obligatoria necesaria importante posible imposible algo alguien todo toda todos otra otro "
        # French
        "quel quelle le la les un une des du de d' l' au aux ce cet cette ces mon ma mes ton ta tes son sa ses "
        "notre nos votre vos "
        "leur leurs je tu il elle on nous vous ils elles me te se lui y en ne n' pas plus jamais rien personne "
        "non oui "
        "ni et ou où mais donc or car si que qu' qui quoi dont quand comment pourquoi parce comme aussi très "
        "trop peu "
        "assez bien mal toujours encore déjà maintenant ici là alors à dans par pour sur sous avec sans chez entre "
        "vers depuis pendant avant après est était sont étaient être été ai as a avons avez ont avait avoir "
        "fait faire "
        "peut peux pouvez dois doit faut veux voudrais marche fonctionne semble dit merci bonjour obligatoire "
        "nécessaire important possible impossible quelque quelqu'un tout toute tous autre autres"
    ).split()
)
NOT_VALUES: Final = re.compile(
    r"\w{3,}(?:ed|ly)|\w{3,}ing|(?:ge|ver|be|ent|zer|er)\w+(?:t|en)|(?:ab|aus|ein|an|auf|zurück|um|"
    r"weg)ge\w+(?:t|en)|\w+iert|"
    r"\w+(?:ad[oa]|id[oa])s?|\w+mente|\w+(?:é|ée|ement)|\w+(?:n't|n’t)|(?:un|in|im)\w+(?:able|ible)|\w+['’](?:s|"
    r"re|ll|ve|d)"
)
"""Participles and adverbs: `expired`, `gesperrt`, `bloqueada`, `oublié`."""
