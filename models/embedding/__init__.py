"""Engines that turn text into vectors."""

from typing import Final

MINILM_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM: Final = f"minilm-l6-{MINILM_SHA256[:8]}-int8"
"""What its vectors are named after: known without loading it."""
