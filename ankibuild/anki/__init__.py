"""Anki's own rules and formats: which cards a note makes, note types, how cards look, ``.apkg``.

Knows what Anki does. Knows nothing of Markdown, and nothing of earlier releases.
"""
