"""Processes by name, so that one can say of another that it has died."""

import os
import socket
from pathlib import Path

import psutil


def process_name(role: str) -> str:
    """What this process is called in the store: role, host, process id and when it began.

    The time tells it from a later process with the same id, the namespace from one in another container.
    """
    return f"{role}|{_host()}|{os.getpid()}|{psutil.Process().create_time():.2f}"


def _host() -> str:
    namespace = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}{'/' + os.readlink(namespace) if namespace.exists() else ''}"


def lives(name: str) -> bool | None:
    """Does the process of this name live? None: it is on another host, so nobody here can tell."""
    _role, host, pid, began = name.rsplit("|", 3)
    if host != _host():
        return None
    try:
        process = psutil.Process(int(pid))
        return f"{process.create_time():.2f}" == began and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
