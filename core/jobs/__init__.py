"""Background work: what is due, the queue, the worker and the schedule."""
