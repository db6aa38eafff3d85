"""The cards in a browser, as Anki shows them.

Knows the page, the server, and what Anki's reviewer adds to a card. Changes nothing on the disk but
the page that it exports.
"""
