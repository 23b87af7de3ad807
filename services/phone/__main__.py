"""`python -m services.phone`"""

from services.phone.service import run
from services.unit import main

main("phone", run)
