"""The command line: parses, calls down, prints.

app.py        the verbs put together; errors become one sentence and an exit code
options.py    what several verbs accept
train.py, resume.py, evaluate.py, predict.py, report.py, summary.py, recipes.py, data.py
              one verb each
catalogue.py  everything there is, with its formula
bench.py      how fast a recipe trains here
ladder.py, transfer.py, verify.py
              what each idea gains, and what it gains to have learned before; whether a claim holds
baseline.py   train --model: a classical model in place of a network
choice.py     what train is asked to learn: a recipe or a folder
own.py        a recipe for a folder of images
loading.py    images, with something to look at while they come
starting.py   train --from: what to begin from
place.py      where a run goes that was not told where
opening.py    what train says before it starts
outcome.py    carrying a run out, and saying what came of it
epochs.py     a training while it goes on
trainings.py  several trainings while they go on
waiting.py    loading and reading while it goes on
console.py    standard output for results, standard error for everything else
wording.py    numbers as people read them
"""

from chainrule.cli.app import app, main

__all__ = ["app", "main"]
