"""Messages over a pipe: eight bytes that count, then as many bytes."""

from typing import IO

COUNT_BYTES = 8
MAX_FRAME_BYTES = 512 * 2**20


def write_frame(file: IO[bytes], data: bytes) -> None:
    """Write a message and flush it. Raises OSError."""
    file.write(len(data).to_bytes(COUNT_BYTES, "big"))
    file.write(data)
    file.flush()


def read_frame(file: IO[bytes]) -> bytes:
    """The next message.

    Raises:
        EOFError: The other side ended, between messages or within one.
        ValueError: The message is larger than any honest one.
    """
    head = file.read(COUNT_BYTES)
    size = int.from_bytes(head, "big")
    if len(head) < COUNT_BYTES:
        raise EOFError
    if size > MAX_FRAME_BYTES:
        raise ValueError(f"A message of {size:,} bytes is larger than {MAX_FRAME_BYTES:,}.")
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data
