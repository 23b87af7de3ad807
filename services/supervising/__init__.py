"""What the supervisor is made of.

Glossary: the *plan* names the *programs* one box runs; a *child* is a program kept running; *preflight* looks at the
machine before anything starts; the *announcement* tells the person at the terminal where the box answers.
"""
