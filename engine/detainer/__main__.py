"""``python -m detainer``."""

from detainer.cli import main

if __name__ == "__main__":
    main()
