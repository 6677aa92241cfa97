"""Run the command line as `python -m stillroom`."""

from stillroom.serve.cli import main

if __name__ == "__main__":
    main()
