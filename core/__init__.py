"""Mechanism shared by every package. Knows no city and no complaint."""
