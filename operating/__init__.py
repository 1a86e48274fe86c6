"""What the operator of a deployment sees and mends of the work behind all cities."""
