"""dmgbuild's settings: `dmgbuild -s resources/packages/macos/dmg_settings.py imgenc imgenc.dmg`.

Prepared, not tried: no Mac was at hand.
"""

format = "UDZO"  # noqa: A001 - dmgbuild's names
files = ["dist/imgenc.app"]
symlinks = {"Applications": "/Applications"}
icon_locations = {"imgenc.app": (140, 120), "Applications": (400, 120)}
icon_size = 96
window_rect = ((200, 200), (540, 300))
default_view = "icon-view"
badge_icon = "build/icons/imgenc.icns"
