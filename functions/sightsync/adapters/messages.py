"""What an analysis queue gives to whoever works on it, as SQS does."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Message:
    id: str
    receipt_handle: str  # of this receive; an older one of the same message is void
    body: str
    receive_count: int
    sent_at: datetime
