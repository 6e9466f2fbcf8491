"""A failure that people can mend: what happened, and the command to try next."""


class Trouble(Exception):
    """Ends the command with its message and `then` on stderr, and exit code 1. Never for bugs: those keep their traceback."""

    def __init__(self, message: str, then: str = "./sightsync doctor") -> None:
        super().__init__(message)
        self.then = then
