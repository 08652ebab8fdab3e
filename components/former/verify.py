"""The former name of `python -m mesh verify`; exits with 2, like every wrong use."""

import sys

if __name__ == "__main__":
    print("`python -m components.verify` is `python -m mesh verify` now", file=sys.stderr)
    sys.exit(2)
