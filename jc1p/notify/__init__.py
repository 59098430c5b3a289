"""Who is notified of what, once for each incident, and how it reaches them."""
