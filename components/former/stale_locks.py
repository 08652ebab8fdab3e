"""The former name of `python -m mesh unlock`; it ends with 2, as every wrong use does."""

import sys

if __name__ == "__main__":
    print("`python -m components.stale_locks` is `python -m mesh unlock` now", file=sys.stderr)
    sys.exit(2)
