"""Personal data in text.

spaCy comes without its command line, which it would import with the library: that downloads models and brings HTTP
clients along, and a process that sees what people say has use for neither.
"""

import sys
from types import ModuleType

if "spacy" not in sys.modules:
    sys.modules["spacy.cli"] = ModuleType("spacy.cli")
    sys.modules["spacy.cli.info"] = ModuleType("spacy.cli.info")
    vars(sys.modules["spacy.cli.info"])["info"] = None
