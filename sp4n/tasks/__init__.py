"""What needs a person before the two sides can agree: found, owned, settled, and never lost from sight."""
