"""Database mechanism: declarative base, tenancy, transactions."""
