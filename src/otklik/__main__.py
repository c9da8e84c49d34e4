"""`python -m otklik`: the same door as the `otklik` command; the supervisor starts its children by it."""

from otklik.cli import main

if __name__ == "__main__":
    main()
