"""Names that SIP fixes: reason phrases, methods, header fields and their short forms (RFC 3261 section 20, IANA)."""

from __future__ import annotations

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
}


KNOWN_METHODS = frozenset(
    {
        *("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE"),
        *("REGISTER", "SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PRACK", "PUBLISH"),
    }
)
"""Methods that get 405 where we do not serve them; others get 501."""

_LONG = (
    *("Accept", "Allow", "Allow-Events", "Authorization", "Call-ID", "Contact", "Content-Encoding", "Content-Length"),
    *(
        "Content-Type",
        "CSeq",
        "Event",
        "Expires",
        "From",
        "Max-Forwards",
        "Min-SE",
        "Proxy-Require",
        "Proxy-Authenticate",
    ),
    *("Proxy-Authorization", "Reason", "Record-Route", "Refer-To", "Referred-By", "Require", "Retry-After", "Route"),
    *("Server", "Session-Expires", "Subject", "Subscription-State", "Supported", "To", "Unsupported", "User-Agent"),
    *("Via", "Warning", "WWW-Authenticate"),
)
CANONICAL = {name.lower(): name for name in _LONG}
COMPACT = {
    "b": "Referred-By",
    "c": "Content-Type",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
}
