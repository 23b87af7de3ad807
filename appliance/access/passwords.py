"""What a password must be (PCI DSS 4.0.1, 8.3.6: twelve characters, letters and digits), whatever hashes it."""

from __future__ import annotations

from appliance.errors import Invalid

MIN_CHARACTERS = 12
MAX_CHARACTERS = 256
"""Bounds the work that one request can ask of the hash."""
MIN_DIFFERENT = 5


def check_password(password: str, account: str) -> None:
    """Raises Invalid with what is asked for. No message holds a part of the password."""
    if len(password) < MIN_CHARACTERS:
        raise Invalid(f"A password has at least {MIN_CHARACTERS} characters.")
    if len(password) > MAX_CHARACTERS:
        raise Invalid(f"A password has at most {MAX_CHARACTERS} characters.")
    if not any(character.isalpha() for character in password):
        raise Invalid("A password has at least one letter.")
    if not any(character.isdigit() for character in password):
        raise Invalid("A password has at least one digit.")
    if len(set(password)) < MIN_DIFFERENT:
        raise Invalid(f"A password has at least {MIN_DIFFERENT} different characters.")
    if account and account.casefold() in password.casefold():
        raise Invalid("A password does not contain the account's name.")
