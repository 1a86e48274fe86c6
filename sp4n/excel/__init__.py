"""The national side's Excel export as a way in: read with care, compared row by row, applied by a person.

Invariant: until a person applies it a file changes nothing, and the same file applied twice changes nothing.
"""
