"""Engines that turn audio into text."""
