"""`python -m cnnlab`."""

from cnnlab.cli import main

if __name__ == "__main__":
    main()
