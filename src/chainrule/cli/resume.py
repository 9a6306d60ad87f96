"""chainrule resume: go on with a run that was interrupted, or give it more epochs."""

from dataclasses import replace

from chainrule.cli import options
from chainrule.cli.console import say
from chainrule.cli.loading import load_again
from chainrule.cli.outcome import carry_out, show_results
from chainrule.runs import Run
from chainrule.runs.record import command_line


def resume(
    path: options.RunPath,
    epochs: options.Epochs = None,
    patience: options.Patience = None,
    data: options.DataFolder = None,
    report: options.WriteReport = True,
    as_json: options.AsJson = False,
) -> None:
    """Go on with a run that was interrupted, or train a finished one for longer.

    An interrupted run ends with the weights of one that was never interrupted: exactly on NumPy,
    up to rounding on torch, where the first steps after a resume are not compiled.

    With more epochs, a schedule of the learning rate stretches over all of them.

    Examples:
      chainrule resume runs/digits-20260301-142500
      chainrule resume runs/digits-20260301-142500 --epochs 40
    """
    run = Run.open(path)
    settings = run.settings
    if epochs is not None:
        settings = replace(settings, epochs=epochs)
    if patience is not None:
        settings = replace(settings, patience=patience)
    if run.finished:
        done = run.record["results"]["epochs"]
        stopped_early = done < run.settings.epochs
        same_patience = settings.patience == run.settings.patience
        if settings.epochs <= done or (stopped_early and same_patience):
            say(f"{path} is finished, after {done} epochs: {_how_to_go_on(done, stopped_early)}")
            show_results(run, as_json=as_json)
            return
    dataset = load_again(run, data)
    run.extend(settings, command_line())
    carry_out(run, dataset, resume=run.folder.last.exists(), report=report, as_json=as_json)


def _how_to_go_on(done: int, stopped_early: bool) -> str:
    if stopped_early:
        return "its patience was over; go on with a larger --patience"
    return f"go on with --epochs {2 * done}, for example"
