"""`python -m otklik`: the same door as the `otklik` command; children of the supervisor are started through it."""

from otklik.cli import main

if __name__ == "__main__":
    main()
