"""Decks from elsewhere: one module for each format, and what all of them share.

Knows how others write cards. Every word that comes in is on a card or in a problem that names
it.
"""
