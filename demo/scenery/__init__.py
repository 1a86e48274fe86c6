"""Drawn scenes that stand in for photographs; pure: the same random numbers give the same picture."""
