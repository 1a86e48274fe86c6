"""Durable messages to the outside, written in the transaction of the fact they tell of."""
