"""What was published, and what follows from it: the lock, what changed, the files for learners.

Knows how one version follows another. Does not know where sources lie or who asks.
"""
