"""Engines that find personal data in text."""
