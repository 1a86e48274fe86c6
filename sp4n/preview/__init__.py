"""What would be sent of a report, shown before anything is."""
