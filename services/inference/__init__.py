"""Hosts the engines. `speech` processes recognise, one `text` process detects, understands, trains and speaks; a
`language_model` process answers prompts, where one is installed.

Copies join the same queue groups, here or on other machines. Engines see raw data and keep none of it.
"""
