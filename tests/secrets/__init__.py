"""URLs with secrets in them, all that can go wrong with them, and nothing of it in what is said."""
