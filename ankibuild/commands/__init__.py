"""One module a command: it reads, asks the rooms below, and writes.

Knows the disk, and the order in which things happen. Does not know what a terminal looks like.
"""
