"""The pictures in the documentation: each is taken of the real thing, and can be taken anew."""
