"""Log lines for a terminal: the event's name, then what it carries as name=value."""

import logging

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        frames = said.pop("frames", None) or said.pop("stack", None) or ""
        words = " ".join(f"{name}={value}" for name, value in said.items())
        return f"{record.levelname.lower()}: {super().format(record)} {words}".rstrip() + _trace(frames)


def _trace(frames: str | list[str]) -> str:
    return "\n" + "".join(frames).rstrip() if frames else ""


def to_terminal(level: int = logging.WARNING) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
