"""The vault: sole holder of the root key. It makes conversations' keys and lends them to the units named for it."""
