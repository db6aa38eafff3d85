"""The values that several rooms speak, and what is true of them anywhere.

Knows identity, names, problems and their rules, files, and text as a learner sees it. Knows nothing
of Markdown, of Anki's formats, or of releases.
"""
