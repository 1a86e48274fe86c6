"""A report that moves to another tenant of this deployment, with its history and its clock."""
