"""``python -m autosync``: the command line, without an installed script."""

from autosync.cli import main

if __name__ == "__main__":
    main()
