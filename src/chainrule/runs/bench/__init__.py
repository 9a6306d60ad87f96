"""How fast a recipe trains on this machine, and where the time of a step goes.

measuring.py   bench: steps timed while the Trainer takes them
material.py    what they are taken on: the recipe's images, or random ones of their shape
breakdown.py   the parts of a step, timed where they are called
stopwatch.py   seconds spent in calls, by name
process.py     what the process took: memory, and time to start
"""

from chainrule.runs.bench.breakdown import Part
from chainrule.runs.bench.material import Material, material_for
from chainrule.runs.bench.measuring import Measurement, bench

__all__ = ["Material", "Measurement", "Part", "bench", "material_for"]
