"""Ways to reach people: mail over SMTP, text messages over a city's gateway, and twins that write files."""
