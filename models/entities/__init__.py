"""Typed values in what people say, written or spoken: no model, no clock, no I/O.

A text becomes *words*; a *lexicon* (one per language: `english`, `german`, `spanish`) has the names of numbers, months,
units and the *rules* (`[the] ORD of MONTH [YEAR]`) by which words become *candidates* of a type; `finder` gives each to
the agent's entities, with roles, after `options`, `patterns`, contacts and names have found theirs. Values are those of
`appliance.privacy.values`; what is personal goes sealed, by reference, before anybody stores it.
"""
