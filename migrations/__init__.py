"""Schema history. Imports no application code: a migration must mean the same for ever."""
