"""The telephone without sockets: SIP, SDP, RTP, G.711, DTMF and the jitter buffer as state machines.

Glossary: the *owner* is the service around these machines; it moves datagrams and keeps the timers. A *message* is one
SIP request or response. A *transaction* is one request with its responses and retransmissions (RFC 3261 section 17); a
*dialog* is the lasting relation two user agents keep for a call (section 12). A *call* is what the owner sees of a
dialog and is named by an opaque text. An *offer* proposes media, an *answer* settles it (RFC 3264); what came of them
is the call's *media*. A *trunk* is a PBX or carrier allowed to call us. *Inputs* go into the user agent: facts in the
past tense, wishes of the owner in the imperative. *Commands* (imperative) and *notices* (past tense) come out of it.
"""
