"""The rules of B2T Voice: what a conversation is and may do. No socket, thread or model library outside `adapters`.

Glossary: an *agent* is a deployable definition, a *version* its immutable content-hashed form, a *deployment* an entry
point (phone number, widget key). A *conversation* is one party and one agent over *legs* on one or more *channels*. A
*turn* is what the party said or keyed, what was understood, what was done and what the party actually heard.
"""
