"""Markdown: from a file's text to notes still in Markdown, and to the safe HTML of their fields.

Knows the rules of the dialect. Knows nothing of Anki's note types and cards, of packages, of the
disk.
"""
