"""Every error of our own, with what a caller of the API may be told of it.

B2TError
├── Invalid              the input is wrong and will stay wrong
│   └── InvalidAgent     an agent's definition has a mistake: file, line, key, what is allowed
├── Unknown              no such conversation, agent, number, key
├── Denied               not signed in, no such right, wrong code
├── Conflict             somebody else wrote first; read again and decide anew
├── Full                 a stated limit is reached; later it may not be
├── Unavailable          a part that is needed does not answer now
├── RedactionFailed      personal data could not be taken out, so nothing was stored
└── Tampered             a sealed value, record or proof is not what was written
"""

from __future__ import annotations


class B2TError(Exception):
    """`title` is fixed text that may be shown and logged; it never holds what the party said."""

    code = "internal"
    retryable = False
    status = 500

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


class Invalid(B2TError):
    code, status = "invalid", 400


class InvalidAgent(Invalid):
    code, status = "invalid-agent", 422


class Unknown(B2TError):
    code, status = "unknown", 404


class Denied(B2TError):
    code, status = "denied", 403


class Conflict(B2TError):
    code, status, retryable = "conflict", 409, True


class Full(B2TError):
    code, status, retryable = "full", 503, True


class Unavailable(B2TError):
    code, status, retryable = "unavailable", 503, True


class RedactionFailed(Unavailable):
    code = "redaction-failed"


class Tampered(B2TError):
    code, status = "tampered", 500
