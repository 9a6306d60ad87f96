"""What holds for the room as a whole."""

import subprocess
import sys

HEAVY = ["PIL", "sklearn", "scipy", "pooch", "requests", "platformdirs", "matplotlib"]


def test_importing_the_room_loads_no_heavy_library():
    program = f"import sys, chainrule.data; print([m for m in {HEAVY} if m in sys.modules])"
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == "[]"
