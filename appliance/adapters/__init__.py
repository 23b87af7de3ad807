"""The only part of `appliance` that touches the outside: one file per library."""
