"""The former name of `python -m mesh verify`; it ends with 2, as every wrong use does."""

import sys

if __name__ == "__main__":
    print("`python -m components.verify` is `python -m mesh verify` now", file=sys.stderr)
    sys.exit(2)
