"""Connectors: the only process that calls what is outside the appliance, and the only one that opens secret digits.

It takes durable orders (`b2t.calls.*`), resolves references for the declared arguments alone, and puts what came back
into the conversation's inbox. One connector is one file: `demo_bank.py` shows how.
"""
