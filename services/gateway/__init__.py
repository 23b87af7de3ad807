"""The gateway: REST, the chat WebSocket, sign-in and the pages; all that browsers and integrators speak to.

Glossary: a *ticket* lets one WebSocket open one leg, for a minute; a *resume token* lets a leg go on after a dropped
connection; a *follower* is one connection's view of one conversation; a *frame* is one JSON message of the chat
protocol; the *party's view* has values in place of references, the *redacted view* has the references.
"""
