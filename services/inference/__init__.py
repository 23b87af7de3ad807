"""Hosts the engines. `speech` processes recognise, one `text` process detects, understands, trains and speaks.

Copies join the same queue groups, here or on other machines. Engines see raw data and keep none of it.
"""
