"""The grid that everything is laid out on, in logical pixels."""

SPACE = 8
HALF = SPACE // 2
WIDE = 2 * SPACE
BROAD = 3 * SPACE
ICON = 20  # the side of icons in buttons and menus
