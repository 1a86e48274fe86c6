"""What reporters and officers are told, when, over which channel, in which words, and what became of it."""
