"""Turn-taking without I/O: who is speaking, when a turn is over, what interrupts what, and what was heard.

Glossary: a *frame* is 32 ms of the party's audio, of which only the probability of speech is seen here. An *utterance*
is one stretch of the party's speech, numbered from 1; its *onset* is where it began, its *endpoint* where enough
silence followed. *Barge-in* is speech while a reply sounds: the reply is *ducked* (made softer) at once, *paused* where
the speech goes on, and *stopped* for good once words were recognised; a *back-channel* ("uh-huh") or a noise does not
stop it. A *capture* is a run of secret keys, during which nobody listens. The agent *owes* a reply from the moment an
input was told until a reply is there; *dead air* is owing in silence. Times are seconds on the owner's monotonic clock.
"""
