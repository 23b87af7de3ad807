"""The audit log's rules: what may be told (typed events), how it is chained and how a third party checks it offline.

Glossary: an *entry* is an audit event as it is kept, in canonical JSON; a *leaf* is its hash in an RFC 6962 tree; a
*checkpoint* is the tree's size and root, signed (C2SP tlog-checkpoint). Entries hold ids and keyed hashes, never text.
"""
