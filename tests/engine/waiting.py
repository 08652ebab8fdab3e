"""A program in the middle of its run: its only resource is made once somebody writes to a FIFO."""

import os
from pathlib import Path

from pulumi_command import local

from components.provider_leftovers import Sweep

Sweep().add({"token": "a-token-of-nobody"})
Path("program.pid").write_text(str(os.getpid()))
local.Command("waiting", create="cat fifo")
