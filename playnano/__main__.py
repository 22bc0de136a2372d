"""`python -m playnano`."""

from playnano.cli import main

if __name__ == "__main__":
    main()
