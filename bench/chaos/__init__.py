"""Many cities, a national side that fails, programs that are killed: what holds afterwards is counted."""
