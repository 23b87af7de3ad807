from __future__ import annotations

import base64
import random
import re
import string
import time

import pytest

from models.pii.normalising import plain
from models.pii.presidio import Presidio
from models.pii.secrets import secrets

LETTERS = string.ascii_letters + string.digits


@pytest.fixture(scope="module")
def detector() -> Presidio:
    return Presidio()


def secret(detector: Presidio, text: str, language: str = "en") -> list[str]:
    return [text[span.start : span.end] for span in detector.detect(text, language) if span.secret]


def drawn(seed: int, length: int, letters: str = LETTERS) -> str:
    return "".join(random.Random(seed).choices(letters, k=length))


GIVEN = [
    ("password\nis\nhunter2", "hunter2"),
    ("Password? hunter2", "hunter2"),
    ("Password? hunter2 please", "hunter2"),
    ("password-hunter2 does not work", "hunter2"),
    ("my password? S3cr3t!x does not work", "S3cr3t!x"),
    ("password... hunter2", "hunter2"),
    ("my password, which is hunter2", "hunter2"),
    ("my password, which is swordfish", "swordfish"),
    ("the password you want is swordfish", "swordfish"),
    ("password-hunter2", "hunter2"),
    ("password/hunter2", "hunter2"),
    ("my password is - hunter2", "hunter2"),
    ("password: - sunflower", "sunflower"),
    ("my password is s u n s h i n e 1", "s u n s h i n e 1"),
    ("my password is s u n s h i n e one", "s u n s h i n e one"),
    ("my password is hunter2", "hunter2"),
    ("my password is swordfish", "swordfish"),
    ("my password is Swordfish!", "Swordfish!"),
    ("the passphrase is correct horse battery staple", "correct horse battery staple"),
    ("my pass phrase is purple monkey dishwasher please reset it", "purple monkey dishwasher"),
    ("pw: geheim99", "geheim99"),
    ("PW=abc", "abc"),
    ("pass: letmein", "letmein"),
    ("my new password for the portal is Blue42Monkey", "Blue42Monkey"),
    ("password hunter2", "hunter2"),
    ("user bob password S3cr3t!x", "S3cr3t!x"),
    ("hunter2 is my password", "hunter2"),
    ("use Tr0ub4dor&3 as my password", "Tr0ub4dor&3"),
    ("i changed my password to sunflower", "sunflower"),
    ("the wifi password is guest-2024-spring", "guest-2024-spring"),
    ("my passcode is ab12cd", "ab12cd"),
    ("mein Passwort ist Sommer2024", "Sommer2024"),
    ("das Kennwort lautet sonnenblume", "sonnenblume"),
    ("mein passwort: blau", "blau"),
    ("mi contraseña es perrito77", "perrito77"),
    ("mi contraseña es girasol", "girasol"),
    ("la clave es Zq7xabc9", "Zq7xabc9"),
    ("mon mot de passe est tournesol", "tournesol"),
    ("mon mot de passe, c'est Chien2020", "Chien2020"),
    ("mdp: abcd1234", "abcd1234"),
    ('my password is "the cat in the hat"', "the cat in the hat"),
    ("my password is capital z q seven", "capital z q seven"),
    ("my password is correct horse battery staple", "correct horse battery staple"),
    ("my password is z q 7 k", "z q 7 k"),
    (
        "my seed phrase is abandon ability able about above absent absorb abstract absurd abuse access accident",
        "abandon ability able about above absent absorb abstract absurd abuse access accident",
    ),
    ("api key: 8f14e45fceea167a5a36dedd4bea2543", "8f14e45fceea167a5a36dedd4bea2543"),
    ("my api key is sk_live_4eC39HqLyjWDarjtT1zdp7dc", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
    ("Authorization: Bearer abcdefghijklmnopqrstuvwxyzABCD", "abcdefghijklmnopqrstuvwxyzABCD"),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("aws secret access key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("it is q8Zt3LkP0vRx7YwBn2Jd5Hs1", "q8Zt3LkP0vRx7YwBn2Jd5Hs1"),
    (
        "my bitlocker recovery key is 123456-234567-345678-456789-567890-678901-789012-890123",
        "123456-234567-345678-456789-567890-678901-789012-890123",
    ),
    ("my login is bob and my password is hunter2 and it does not work", "hunter2"),
    ("password's hunter2", "hunter2"),
    ("I think my password is kangaroo but it is not working", "kangaroo"),
    ("Passwort = Hallo123", "Hallo123"),
    ("the password I use is hunter2", "hunter2"),
    ("my password was iloveyou", "iloveyou"),
    ("das ist mein passwort: katze", "katze"),
    ("hunter2 ist mein passwort", "hunter2"),
    ("my password is monkey, can you check", "monkey"),
    ("contraseña: secreto1", "secreto1"),
    ("la contraseña del portal es Gato2020", "Gato2020"),
    ("le mot de passe du wifi est Soleil33", "Soleil33"),
    ("j'ai changé mon mot de passe en tournesol", "tournesol"),
    ("my secret word is bluebell", "bluebell"),
    ("my password should be Xy12ab", "Xy12ab"),
    ("my pasword is kitten42", "kitten42"),
    ("password -> kitten42", "kitten42"),
    ("my password for work is kitten and it stopped working", "kitten"),
    ("my password used to be kitten42 but now it fails", "kitten42"),
    ("the password to my laptop is kitten", "kitten"),
    ("my username is bob and my password is kitten", "kitten"),
    ("my password is kitten with a capital k", "kitten"),
    ("my password is spelled k i t t e n", "k i t t e n"),
    ("mein WLAN-Passwort ist katze", "katze"),
    ("das Passwort für das Portal ist katze", "katze"),
    ("la contraseña es: gatito", "gatito"),
    ("mot de passe : chaton", "chaton"),
    ("client_secret=abcDEF123456ghiJKL", "abcDEF123456ghiJKL"),
    ("X-Api-Key: 3fa85f6457174562b3fc", "3fa85f6457174562b3fc"),
    ("sudo password is hunter", "hunter"),
]
TALK = [
    "I forgot my password",
    "reset my password",
    "password is not working",
    "Forgot my password? jane@example.org is my address",
    "I need a new password. https://example.org/reset?x=1 does nothing",
    "a password-protected file, a password/username pair",
    "my password, which is expired",
    "the password you need is longer",
    "password? yes",
    "I forgot my password. JIRA-1234 is the ticket",
    "a new password? iPhone15 says it is wrong",
    "password\nis\nnot accepted",
    "my password is wrong",
    "my password is expired",
    "my password has expired",
    "my password is too short",
    "my password is correct but it says wrong",
    "my password is correct",
    "what is my password",
    "is my password case sensitive",
    "my password is case sensitive",
    "my password is twelve characters long",
    "my password is 12 characters long",
    "my password is 5 days old",
    "my password is probably wrong",
    "I don't know what my password is",
    "I forgot what my password is please help",
    "tell me what my password is now",
    "what is the password of the guest wifi",
    "my password is on a post-it",
    "the password is the same as before",
    "my password is locked",
    "my password is compromised",
    "my password was stolen",
    "my password is not accepted by Windows 10",
    "password for Windows 10",
    "password Windows10",
    "I want to change my password to something else",
    "I need my password to log in",
    "change my password to access my account",
    "password: how do I reset it",
    "subject: password expired",
    "is my password secure enough",
    "my password is very weak",
    "the passphrase is correct",
    "the passphrase is not working",
    "my passphrase is wrong I think",
    "my pass phrase is too long for the field",
    "my token has expired",
    "my token does not work",
    "my token is broken",
    "the token is lost",
    "my token is at home",
    "where is my api key",
    "my api key is not working",
    "my api key is invalid",
    "the access key is lost",
    "mein Passwort ist falsch",
    "mein Passwort ist abgelaufen",
    "mein Passwort ist gesperrt",
    "mein passwort ist weg",
    "mein Passwort ist nicht mehr gültig",
    "mein Passwort wurde geändert",
    "das passwort ist zu kurz",
    "ich habe mein passwort vergessen",
    "wie lautet mein passwort",
    "mi contraseña es incorrecta",
    "mi contraseña no funciona",
    "mi contraseña está bloqueada",
    "olvidé mi contraseña",
    "cual es mi contraseña",
    "la contraseña es demasiado corta",
    "la clave es no rendirse",
    "mon mot de passe est incorrect",
    "mon mot de passe est oublié",
    "mon mot de passe est expiré",
    "mon mot de passe ne marche pas",
    "j'ai oublié mon mot de passe",
    "quel est mon mot de passe",
    "this is my password",
    "that is my password problem",
    "what would be my password",
    "my password is being rejected",
    "my password is one of the old ones",
    "my password is invalid",
    "password requirements are strict",
    "the password policy is strict",
    "my password manager is 1Password",
    "my password is, well, gone",
    "a stranger called and asked for my password",
    "the key is under the mat",
    "the key is in the lock",
    "my order number is A1B2C3D4",
    "order ABC123DEF456GHI789JKL",
    "ticket INC0012345 about my password",
    "InvoiceMarch2024FinalVersion",
    "my secret is that I love cats",
    "basic account",
    "secret agent 007 is a film",
    "I lost my key card 1234",
    "https://www.example.com/some/long/path-to-a-page-2024",
    "donaudampfschifffahrtsgesellschaft",
    "iPhone15ProMaxTitaniumBlue",
    "7b0f6a4e-3a8e-4b6e-9f57-6fdc9d2a1f00",
    "my password is giving me trouble",
    "how do I set my password to never expire",
    "I have changed my password to be safe",
    "use it as my password",
    "can I use my name as password",
    "can i use the same as my password",
    "the password I have is not the right one",
    "my old password is still working",
    "password is incorrect",
    "i think my password is hacked",
    "the passcode is not being accepted",
    "my password is saved in Chrome",
    "my password is stored on my phone",
    "my password is not related to Windows",
    "my passwords are synced with iCloud",
    "my password is like super old",
    "the password is what I forgot",
    "the password is for my laptop",
    "a password is a secret",
    "a good password is long",
    "mon mot de passe est trop court",
    "is my password okay",
    "the password reset email was sent to bob",
    "i changed my password to get into outlook",
    "mein passwort ist richtig aber es geht nicht",
    "mi contraseña es correcta pero no entro",
    "mon mot de passe est bon mais ça ne marche pas",
    "my token shows six digits",
    "my credentials are not accepted",
    "boarding pass: gate 12",
    "bus pass: valid",
    "the recovery key is lost",
    "my secret is out",
]


@pytest.mark.parametrize(("text", "value"), GIVEN)
def test_a_password_that_is_given_is_secret(detector: Presidio, text: str, value: str) -> None:
    assert [one.strip('"') for one in secret(detector, text)] == [value]


@pytest.mark.parametrize("text", TALK)
def test_talk_of_passwords_and_keys_is_left_as_it_is(detector: Presidio, text: str) -> None:
    assert secret(detector, text) == []


@pytest.mark.parametrize(
    "token",
    [
        "AKIA" + drawn(1, 16, string.ascii_uppercase + "234567"),
        "ghp_" + drawn(2, 36),
        "github_pat_" + drawn(3, 22) + "_" + drawn(4, 59),
        "glpat-" + drawn(5, 20),
        "sk_live_" + drawn(6, 24),
        "sk-proj-" + drawn(7, 48),
        "xoxb-" + drawn(8, 12, string.digits) + "-" + drawn(9, 24),
        "AIza" + drawn(10, 35),
        "npm_" + drawn(11, 34) + "77",
        "hf_" + drawn(12, 32) + "7x",
        "SG." + drawn(13, 22) + "." + drawn(14, 43),
        "dop_v1_" + drawn(15, 64, "0123456789abcdef"),
        "hvs." + drawn(16, 30),
        "123456789:AA" + drawn(17, 33),
        "eyJ" + ".".join(drawn(at, 30) for at in range(18, 21)),
        "AGE-SECRET-KEY-1" + drawn(21, 58, string.ascii_uppercase + string.digits),
    ],
)
@pytest.mark.parametrize("frame", ["{}", "it is {}, thanks", "can you look at {}?"])
def test_keys_are_known_by_how_they_begin(detector: Presidio, token: str, frame: str) -> None:
    [found] = secret(detector, frame.format(token))
    assert token in found


def test_long_tokens_are_known_by_their_looks(detector: Presidio) -> None:
    tokens = [drawn(seed, length) for seed, length in enumerate([24, 28, 32, 40, 48, 64] * 20)]
    assert sum(bool(secret(detector, f"here: {token} ok")) for token in tokens) >= 0.95 * len(tokens)


def test_a_private_key_goes_whole(detector: Presidio) -> None:
    body = "\n".join(base64.b64encode(random.Random(at).randbytes(48)).decode() for at in range(6))
    for end in ("\n-----END RSA PRIVATE KEY-----", ""):
        text = f"this is it\n-----BEGIN RSA PRIVATE KEY-----\n{body}{end}"
        assert secret(detector, text) == [text[len("this is it\n") :]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("postgres://app:s3cret@db.internal:5432/prod", "postgres://app:s3cret@db.internal:5432/prod"),
        ("we use amqp://guest:guest@10.0.0.7/ there", "amqp://guest:guest@10.0.0.7/"),
        ("https://example.com/reset?token=abcdef123456", "https://example.com/reset?token=abcdef123456"),
        ("Server=db;Uid=sa;Pwd=Pa55w0rd;", "Pa55w0rd;"),
        ("Authorization: Basic YWxhZGRpbjpvcGVuc2VzYW1l", "YWxhZGRpbjpvcGVuc2VzYW1l"),
    ],
)
def test_what_lets_a_program_in_is_secret(detector: Presidio, text: str, value: str) -> None:
    assert secret(detector, text) == [value]


def test_a_secret_within_other_values_makes_all_of_them_secret(detector: Presidio) -> None:
    text = "my password is hunter2@example.com"
    [span] = detector.detect(text, "en")
    assert span.secret
    assert text[span.start : span.end] == "hunter2@example.com"


def test_digits_for_a_password_are_a_code_as_before(detector: Presidio) -> None:
    text = "my password is 48151623"
    assert [(span.kind, span.secret) for span in detector.detect(text, "en")] == [("CODE", True)]


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLE",
        "AKIAIOSFODNN7EXAMPLE or AKIAIOSFODNN7EXAMPLE, AKIAIOSFODNN7EXAMPLE",
        "https://example.org/x-q8Zt3LkP0vRx7YwBn2Jd5Hs1-y and then q8Zt3LkP0vRx7YwBn2Jd5Hs1",
    ],
)
def test_a_key_that_comes_again_is_taken_out_again(detector: Presidio, text: str) -> None:
    key = "AKIAIOSFODNN7EXAMPLE" if "AKIA" in text else "q8Zt3LkP0vRx7YwBn2Jd5Hs1"
    spans = [span for span in detector.detect(text) if span.secret]
    places = [found.start() for found in re.finditer(key, text)]
    assert all(any(span.start <= at and at + len(key) <= span.end for span in spans) for at in places)


@pytest.mark.parametrize(
    "text",
    ["password,", "password/", "secret-", "secret_", "&token=a", "token:", "passphrase is a ", "eyj-", "secret_a1/"],
)
def test_no_text_takes_more_than_its_length(text: str) -> None:
    """Processor time, and eight times of it for eight times the length: each sign looked at again and again would take
    64 times."""

    def took(length: int) -> float:
        whole = (text * (length // len(text) + 1))[:length]
        seen, least = plain(whole), float("inf")
        for _ in range(3):
            before = time.process_time()
            secrets(seen, whole)
            least = min(least, time.process_time() - before)
        return least

    assert took(64_000) < 24 * took(8_000) + 0.05


@pytest.mark.parametrize(
    "lead", ["my password is ", "password ", "password? ", "api key: ", "https://a.example/?token=", "bearer ", "eyJ"]
)
def test_a_very_long_one_is_taken_out_to_its_end(detector: Presidio, lead: str) -> None:
    token = drawn(7, 3000)
    if lead == "eyJ":
        token = f"{token[:1200]}.{token[1200:2400]}.{token[2400:]}"
    text = f"{lead}{token} and that is it"
    spans = [span for span in detector.detect(text) if span.secret]
    assert any(span.start <= len(lead) and span.end >= len(lead) + len(token) for span in spans)
    assert all(span.end <= text.index(" and that") for span in spans)
