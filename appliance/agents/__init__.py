"""Agents: configuration from which the appliance holds conversations; no agent is code.

Glossary: an *agent* is a definition in YAML (a file, or a folder of files whose keys are put together); a *template* is
one that ships with the appliance; a *version* is its immutable form, named by the hash of its content. An *intent* is
something a party may want, known by example phrases; it *starts* a *flow* or *does* something built in. A flow is a row
of *steps*; an `ask` or `collect` step fills a *slot*; an *entity* says what fits into a slot (*options* or digits). A
`call` step asks a *connector* for an *operation*; its *outcome* says where the flow goes on. A *condition* is CEL over
what a flow knows. A *built-in* intent works anywhere and comes with the appliance. A *mistake* is something wrong in a
definition, with its file, line and column.
"""
