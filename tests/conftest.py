"""Set-up for all tests: Qt needs no screen."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
