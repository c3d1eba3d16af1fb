"""Two servers side by side: the same bytes to both, under one ceiling, and in what their answers differ."""
