"""`python -m appliance.cli` is `b2t`."""

from appliance.cli import main

main()
