"""Many objects end one by one, on the thread that lets go of them."""

from __future__ import annotations

import threading
import weakref

from imgenc_gui.core.uncollected import release


class Thing:
    pass


def test_what_is_let_go_of_ends_on_the_other_thread_and_what_others_have_stays() -> None:
    # GIVEN many objects, of which somebody else has one
    things = [Thing() for _ in range(100)]
    kept = things[7]
    ended_on: list[int] = []
    for thing in things:
        weakref.finalize(thing, lambda: ended_on.append(threading.get_ident()))
    del thing
    # WHEN they are forgotten here
    parts = [things, {0: things[0]}.values()]
    del things
    # THEN they are still there, until a thread lets go of them
    assert not ended_on
    thread = threading.Thread(target=release, args=(parts,))
    thread.start()
    other = thread.ident
    thread.join()
    assert ended_on == [other] * 99
    assert kept is not None
