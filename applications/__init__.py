"""Real, published applications with their own migrations, and autosync on what these make."""
