"""Reading: plain values for pages. Nothing here changes a row."""
