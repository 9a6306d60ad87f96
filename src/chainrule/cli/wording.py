"""Numbers as people read them."""

from chainrule.runs import wilson


def percent(share: float | None) -> str:
    """0.98613 as "98.61 %"; "-" for what was not measured."""
    return "-" if share is None else f"{100 * share:.2f} %"


def measured_on(right: int, images: int) -> str:
    """What an accuracy rests on, and how far it can be trusted."""
    low, high = wilson(right, images)
    return (
        f"{right:,} of {counted(images, 'image')}; "
        f"95 % interval {100 * low:.2f} to {100 * high:.2f} %"
    )


def duration(seconds: float) -> str:
    """Seconds as "8.3 s", "2 min 05 s" or "1 h 02 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def clock(seconds: float) -> str:
    """Seconds as "2:05" or "1:02:05", for what changes while one looks."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def file_size(count: int) -> str:
    """Bytes as "170.5 MB"."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def counted(number: int, one: str, many: str = "") -> str:
    """1 image, 2,000 images."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: list[str], most: int = 10) -> str:
    """a, b, c and 7 more."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
