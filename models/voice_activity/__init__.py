"""Engines that tell speech from silence, frame by frame."""
