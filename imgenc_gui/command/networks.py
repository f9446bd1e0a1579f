"""What `imgenc --networks`, `--add-network` and `--remove-network` do."""

from __future__ import annotations

import argparse
import json
import sys

from imgenc_gui.command.talking import say
from imgenc_gui.core.naming import printable, shown
from imgenc_gui.core.networks.added import Added, AddedMethod, Unusable, look_into, networks_folder
from imgenc_gui.core.registry import METHODS, take_in_added
from imgenc_gui.core.stopping import Stop

WRONG = 1


def networks_command(given: argparse.Namespace, stop: Stop) -> int:
    """Carry it out. The exit status: 0, or 1 where it couldn't be done. Raises StoppedError once ``stop`` says so."""
    from imgenc_gui.core.adding import AddingError, RecipeNeededError, add  # noqa: PLC0415 - few ask for it

    try:
        if given.add_network is not None:
            added = add(given.add_network, stop=stop)
            take_in_added()
            method = METHODS[added.id]
            say(f"{method.label} is added, {method.length:,} numbers: imgenc PATH -m {method.id} -o FILE")
        elif given.remove_network is not None:
            return _remove(given.remove_network)
        else:
            _print()
    except RecipeNeededError as error:
        say(
            f"{error.reason} This is what the network itself says: correct divide_by, mean and std, add shorter_side "
            "(such as 256) if pictures keep their proportions, and save it there."
        )
        sys.stdout.write(json.dumps(error.proposed, indent=1) + "\n")
        return WRONG
    except AddingError as error:
        say(error.reason)
        return WRONG
    return 0


def _remove(name: str) -> int:
    from imgenc_gui.core.adding import remove  # noqa: PLC0415

    found, unusable = look_into(networks_folder())
    wanted = name.strip().lower()
    there: list[Added | Unusable] = [*found, *unusable]
    network = next((one for one in there if one.id == wanted), None)
    if network is None:
        say(f"no network {shown(name)} was added; --networks lists those that were.")
        return WRONG
    remove(network)
    take_in_added()
    label = network.label if isinstance(network, Added) else network.id
    say(f"{label} is removed; what the library has of it is forgotten when room is needed.")
    return 0


def _print() -> None:
    for method in METHODS:
        if isinstance(method, AddedMethod):
            fields = (method.id, method.label, str(method.length), shown(str(method.folder / method.added.file)))
            sys.stdout.write("\t".join(fields) + "\n")
    for one in look_into(networks_folder())[1]:
        then = "or another network" if one.is_too_many else "and add it again"
        say(f"{one.id} can't be used: {printable(one.reason)}. Remove it (--remove-network {one.id}), {then}.")
