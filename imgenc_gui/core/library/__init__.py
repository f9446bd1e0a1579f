"""The library: what became of pictures, kept between runs in SQLite.

A file is known by its path, size and time, its content by a digest of its bytes. What decides an encoding is its key:
the content, the reader and its version, the method and its version, and whether the picture was turned upright. Never
the engine that ran. What was read of a damaged picture carries its warning, by which it is kept from whoever didn't ask
for such.
"""
