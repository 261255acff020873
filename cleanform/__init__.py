"""cleanform."""
