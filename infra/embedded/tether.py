"""Ties one program to the process that wants it: when that one is gone, so is the program and all it started.

Run as a file, with the standard library alone:

    tether.py LIFELINE REPORT STOP_SIGNAL GRACE ORPHAN_GRACE UID GID FOLDER PROGRAM [ARGUMENT...]

- LIFELINE is the reading end of a pipe whose writing end only the parent holds: its end of file is the parent's death,
  however it came. On REPORT the tether writes the program's pid, once.
- The program runs in a session of its own, in FOLDER, as UID:GID (-1: unchanged), and dies if the tether is killed.
- SIGTERM to the tether sends STOP_SIGNAL to the program's main process alone, never to its group.
- What has not ended GRACE seconds later (ORPHAN_GRACE after the parent's death), and whatever the program leaves
  behind when it ends, is killed. The exit code is the program's.
"""

import ctypes
import os
import select
import signal
import sys
import time
from contextlib import suppress

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LEFTOVER_PATIENCE = 5.0

_libc = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> int:
    lifeline, report, stop_signal = (int(each) for each in arguments[:3])
    grace, orphan_grace = (float(each) for each in arguments[3:5])
    os.set_inheritable(lifeline, False)
    os.set_inheritable(report, False)
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what the program abandons becomes ours to end
    wakeup, asked_to_stop = _listen()
    program = _start(arguments[5:])
    os.write(report, f"{program}\n".encode())
    os.close(report)

    deadline: float | None = None
    watched = [wakeup, lifeline]
    while (code := _reap(program)) is None:
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        readable, _, _ = select.select(watched, [], [], timeout)
        if wakeup in readable:
            os.read(wakeup, 512)
        if lifeline in readable:
            watched.remove(lifeline)
            deadline = time.monotonic() + orphan_grace
            os.kill(program, stop_signal)
        elif asked_to_stop and deadline is None:
            deadline = time.monotonic() + grace
            os.kill(program, stop_signal)
        if deadline is not None and time.monotonic() >= deadline:
            os.kill(program, signal.SIGKILL)
            deadline = time.monotonic() + 1.0
    _end_descendants()
    return code


def _listen() -> tuple[int, list[int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])  # the parent's mask came along; the program is to get every signal
    return reading, asked


def _start(arguments: list[str]) -> int:
    uid, gid = (int(each) for each in arguments[:2])
    folder, command = arguments[2], arguments[3:]
    parent = os.getpid()
    program = os.fork()
    if program:
        return program
    try:
        os.setsid()
        os.chdir(folder)  # before the user changes: that user may not be able to walk here
        if gid >= 0:
            os.setgroups([])
            os.setgid(gid)
        if uid >= 0:
            os.setuid(uid)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after setuid, which clears it
        if os.getppid() == parent:
            os.execv(command[0], command)
    except OSError as error:
        os.write(2, f"cannot start {command[0]}: {error}\n".encode())
    os._exit(127)


def _reap(program: int) -> int | None:
    """The program's exit code once it has ended; reaps whatever else has ended meanwhile."""
    code = None
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == program:
                ended = os.waitstatus_to_exitcode(status)
                code = ended if ended >= 0 else 128 - ended
    return code


def _end_descendants() -> None:
    deadline = time.monotonic() + LEFTOVER_PATIENCE
    while (left := _children()) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _reap(-1)
        time.sleep(0.005)


def _children() -> list[int]:
    """Our direct children; grandchildren become direct as their parents end."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                if int(stat.read().rsplit(")", 1)[1].split()[1]) == os.getpid():
                    found.append(int(name))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
