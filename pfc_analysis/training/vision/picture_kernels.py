"""Find pictures that a session has shown before (compiled)."""

from __future__ import annotations

from numba import njit

from pfc_analysis.training.engine.kernels import FAST


@njit(**FAST)
def number_pictures(shown, rows, known, counts, numbers, n_pictures, found):  # type: ignore[no-untyped-def]
    """Give numbers to the pictures that sessions show now, the old one where one is repeated.

    Parameters
    ----------
    shown : int64 array (row, field)
        What the picture of each row depends on, in the session's record.
    rows : int64 array (row,)
        Session of each row.
    known : int64 array (session, picture, field)
        What the pictures depend on that each session has shown; completed.
    counts : int64 array (session,)
        Number of pictures that each session has shown; updated.
    numbers : int64 array (session, picture)
        Their numbers; completed.
    n_pictures : int
        Number of pictures of all sessions so far, which is the number of the next new one.
    found : int64 array (row,)
        Filled with the number of each row's picture: from `n_pictures` on for new pictures, in the
        order of rows.

    Returns
    -------
    int
        Number of pictures of all sessions.
    """
    n_fields = shown.shape[1]
    for i in range(len(rows)):
        session, place = rows[i], 0
        while place < counts[session]:
            field = 0
            while field < n_fields and known[session, place, field] == shown[i, field]:
                field += 1
            if field == n_fields:
                break
            place += 1
        if place == counts[session]:
            for field in range(n_fields):
                known[session, place, field] = shown[i, field]
            numbers[session, place] = n_pictures
            counts[session] += 1
            n_pictures += 1
        found[i] = numbers[session, place]
    return n_pictures
