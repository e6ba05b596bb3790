"""A peer of p2pm in Python, for either side of a connection in the sealed suite.

It was written from docs/PROTOCOL.md alone. "Section" means a section of that document.
"""
