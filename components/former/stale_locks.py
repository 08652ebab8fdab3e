"""The former name of `python -m mesh unlock`; exits with 2, like every wrong use."""

import sys

if __name__ == "__main__":
    print("`python -m components.stale_locks` is `python -m mesh unlock` now", file=sys.stderr)
    sys.exit(2)
