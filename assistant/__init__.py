"""A voice assistant that listens, understands, acts and answers on one computer."""

__version__ = "0.1.0"
