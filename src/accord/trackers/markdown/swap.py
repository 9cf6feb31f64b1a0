"""Writing files so that no edit of anybody else is lost.

A file is replaced as a whole, by exchanging it with the new one and looking at what came out: if that is not what was
read, the two are exchanged back. On Linux a read lease on the old file tells besides whether anybody has it open for
writing: an editor in the middle of saving is waited for, and one that opens the file at that moment is noticed.
Elsewhere the file is compared just before it is replaced, which leaves a gap of some microseconds.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from accord.errors import VersionMismatch

LEASES = hasattr(fcntl, "F_SETLEASE")
F_SETSIG = 10
AT_FDCWD = -100
RENAME_NOREPLACE, RENAME_EXCHANGE = 1, 2
OPEN_TRIES = 40
OPEN_WAIT = 0.005
TEMPORARY = ".accord-"
CHUNK = 1024 * 1024
UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EACCES, errno.EPERM, errno.ENOLCK}

_renameat2: Callable[..., int] | None = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def open_file(path: Path) -> BufferedReader:
    """For reading, never through a symbolic link. Raises OSError."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def read_file(path: Path) -> bytes:
    """Never through a symbolic link. Raises OSError."""
    with open_file(path) as stream:
        return stream.read()


def digest_file(path: Path) -> str:
    """SHA-256 of a file of any size, lower-case hex."""
    with open_file(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def replace(path: Path, before: bytes, after: bytes) -> None:
    """Makes `after` the content of a file that holds `before`. Raises VersionMismatch if it no longer does."""
    temporary = _temporary(path, before, after)
    _write(temporary, after, mode=_mode(path))
    try:
        with _leased(path, before) as undisturbed, _leased(temporary, after) as unopened:
            if not _swapped(path, temporary, before, undisturbed):
                _swap_back(path, temporary, after, unopened)
                raise VersionMismatch(f"{path.name} was changed meanwhile.")
    finally:
        if _is_one_of(temporary, before, after):
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def remove(path: Path, before: bytes) -> None:
    """Deletes a file that holds `before`. Raises VersionMismatch if it no longer does, nothing if it is not there."""
    with suppress(FileNotFoundError), _leased(path, before) as undisturbed:
        aside = _temporary(path, before, before)
        path.rename(aside)
        if read_file(aside) == before and undisturbed():
            aside.unlink()
        else:
            _rename(aside, path, RENAME_NOREPLACE)
            raise VersionMismatch(f"{path.name} was changed meanwhile.")
    _sync_folder(path.parent)


def create(path: Path, content: bytes) -> None:
    """Makes a new file, whole from its first moment on. Raises FileExistsError, never overwrites."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path, b"", content)
    _write(temporary, content, mode=None)
    _publish(temporary, path)


def create_copy(path: Path, source: Path) -> str:
    """`create` with the bytes of another file; gives their SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f"{TEMPORARY}{secrets.token_hex(8)}.tmp"
    digest = hashlib.sha256()
    with source.open("rb") as reading, temporary.open("xb") as writing:
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            writing.write(chunk)
        _sync(writing.fileno(), writing.flush)
    _publish(temporary, path)
    return digest.hexdigest()


def write_over(path: Path, content: bytes) -> None:
    """Replaces a file that only Accord writes to, whole."""
    temporary = _temporary(path, content, content)
    _write(temporary, content, mode=None)
    temporary.replace(path)


def tidy(folder: Path, older_than: float) -> None:
    """Removes what a crash left, `older_than` seconds ago: only what was never anybody's edit."""
    for path in folder.rglob(f"{TEMPORARY}*.tmp"):
        with suppress(OSError):
            known = path.name.removeprefix(TEMPORARY).split("-")[:2]
            if time.time() - path.stat().st_mtime > older_than and _short(read_file(path)) in known:
                path.unlink()


def _swapped(path: Path, temporary: Path, before: bytes, undisturbed: Callable[[], bool]) -> bool:
    if not _rename(temporary, path, RENAME_EXCHANGE):
        temporary.replace(path)
        return True
    return read_file(temporary) == before and undisturbed()


def _swap_back(path: Path, temporary: Path, after: bytes, unopened: Callable[[], bool]) -> None:
    """What came out is somebody's edit and goes back; unless they have saved once more, which is then the newest."""
    _rename(temporary, path, RENAME_EXCHANGE)
    if read_file(temporary) != after or not unopened():
        _rename(temporary, path, RENAME_EXCHANGE)


def _is_one_of(path: Path, *contents: bytes) -> bool:
    """Whether a file may be thrown away: anything else was written by somebody."""
    try:
        return read_file(path) in contents
    except FileNotFoundError:
        return False


@contextmanager
def _leased(path: Path, before: bytes) -> Iterator[Callable[[], bool]]:
    """Nobody has the file open for writing, and it holds `before`. Gives a function that tells whether that is still
    so. Raises VersionMismatch."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        raise VersionMismatch(f"{path.name} is gone.") from None
    try:
        leased = _take_lease(descriptor)
        if os.pread(descriptor, len(before) + 1, 0) != before:
            raise VersionMismatch(f"{path.name} was changed since it was read.")
        yield lambda: not leased or fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_RDLCK
    finally:
        os.close(descriptor)


def _take_lease(descriptor: int) -> bool:
    """False where there are no leases. Raises VersionMismatch if somebody keeps the file open for writing."""
    if not LEASES:
        return False
    # The signal that says that somebody waits is of no use here, and the usual one would end the process.
    with suppress(OSError):
        fcntl.fcntl(descriptor, F_SETSIG, signal.SIGURG)
    for _ in range(OPEN_TRIES):
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            return True
        except OSError as refused:
            if refused.errno != errno.EAGAIN and refused.errno in UNSUPPORTED:
                return False
            if refused.errno != errno.EAGAIN:
                raise
        time.sleep(OPEN_WAIT)
    raise VersionMismatch("The file is being written by another program.")


def _rename(source: Path, target: Path, flags: int) -> bool:
    """Exchanges, or renames without replacing. False where the system can't exchange; raises OSError."""
    if _renameat2 is not None:
        if _renameat2(AT_FDCWD, os.fsencode(source), AT_FDCWD, os.fsencode(target), flags) == 0:
            return True
        error = ctypes.get_errno()
        if error not in {errno.ENOSYS, errno.EINVAL}:
            raise OSError(error, os.strerror(error), str(target))
    if flags == RENAME_NOREPLACE:
        os.link(source, target)
        source.unlink()
        return True
    return False


def _publish(temporary: Path, path: Path) -> None:
    try:
        _rename(temporary, path, RENAME_NOREPLACE)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _write(path: Path, content: bytes, mode: int | None) -> None:
    with path.open("xb") as stream:
        if mode is not None:
            os.chmod(stream.fileno(), mode)
        stream.write(content)
        _sync(stream.fileno(), stream.flush)


def _sync(descriptor: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        raise VersionMismatch(f"{path.name} is gone.") from None


def _temporary(path: Path, before: bytes, after: bytes) -> Path:
    """A hidden name beside the file that tells which contents are safe to throw away."""
    return path.parent / f"{TEMPORARY}{_short(before)}-{_short(after)}-{secrets.token_hex(4)}.tmp"


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
