"""The what-if page's half on the server: what the browser is given so that it can answer alone."""
