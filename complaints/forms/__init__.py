"""Input of citizens and officers:

shape checks with one sentence for each failure. The acts check the rest.
"""
