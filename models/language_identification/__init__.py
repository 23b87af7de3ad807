"""Which language a text is in. One engine, `py3langid`; see `appliance.ports.LanguageIdentifier`."""
