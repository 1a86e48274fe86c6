"""The shared worker measured: fairness between cities, rate of delivery, cost of having nothing to do."""
