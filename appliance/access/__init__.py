"""Who may do what, and how they show who they are; no I/O. What is not allowed here by name is denied.

Glossary: a *principal* is who a request comes from, as far as it has shown that: an *account* signed in with a password
(in a *session*) or an *API key*. A *right* is one thing that may be done; a *role* is a named set of rights that an
account has. An *admission* is a token's public half (its id) and the keyed or plain hash of its secret half.
"""
