"""The window. All algorithms live in imgenc_gui.core."""
