"""Serves the components to the engine, which runs this folder as the package's plugin."""

import argparse
import asyncio
import sys
from pathlib import Path

# A plugin finds only modules in its own folder.
sys.path.insert(0, str(Path(__file__).parents[1]))

from components.plugin.servicer import serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", help="the engine's address")
    # The engine adds flags for log output, of which there is none.
    asyncio.run(serve(parser.parse_known_args()[0].engine))
