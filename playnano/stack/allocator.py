"""The C allocator, told what frames are like."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of <malloc.h>
_MOST_MAPPED = 2**25  # the highest that glibc takes
_MOST_FREE = 2**28


def keep_freed_memory() -> None:
    """Let frames take the memory of frames that are gone, in this process, from now on.

    By default, glibc gives each image back to the system when it is freed, and the next one is made of pages
    that the system must first find and clear. One heap for all threads
    keeps the memory as small as before. Other C libraries are left as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS, musl, Windows
        return
    for setting, value in (
        (_MMAP_THRESHOLD, _MOST_MAPPED),
        (_TRIM_THRESHOLD, _MOST_FREE),
        (_ARENA_MAX, 1),
    ):
        mallopt(setting, value)
