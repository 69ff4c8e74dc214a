"""`python -m cnnlab`."""

import sys

if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:  # without all that the other commands load: see there
        from cnnlab.engine.worker import main
    else:
        from cnnlab.cli.main import main
    main()
