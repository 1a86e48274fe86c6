"""A stand-in for the national system SP4N-LAPOR!: a separate program with its own data file.

It imports nothing of the application, so that a wrong idea in sp4n/contract.py cannot hide in its double.
"""
