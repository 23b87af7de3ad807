"""The phone: SIP and RTP sockets on one side, dialogue and speech engines over the bus on the other.

Glossary: the *switchboard* owns the SIP socket and all calls; a *call* ties one SIP call to one leg of a conversation.
Its *media* move sound between sockets and its *ear* (voice activity, recognition) and *voice* (synthesis, playback);
its *line* is the way to dialogue: inputs there in order, batches back without a gap. The *clock* lets every call send
20 ms every 20 ms. *Phrases* are spoken once at start and kept, for when nothing else can be said.

Nothing in this process may hold the interpreter for long: what takes more than a millisecond belongs elsewhere.
"""
