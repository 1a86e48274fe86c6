"""The city's pages about its connection. Each module adds its routes to the one blueprint."""
