"""Engines that turn text into vectors."""
