"""SVG drawings for the system's tests: one that is drawn at once, and one that takes as long as it is let."""

CIRCLE = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><circle cx="30" cy="30" r="20"/></svg>'

# Each level of the pattern holds the one before it some times.
_LEVELS = "".join(
    f'<pattern id="p{level}" width="3" height="3" patternUnits="userSpaceOnUse">'
    f'<rect width="2000" height="2000" fill="url(#p{level - 1})"/></pattern>'
    for level in range(1, 12)
)
COSTLY = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="2000"><defs>'
    '<pattern id="p0" width="2" height="2" patternUnits="userSpaceOnUse"><circle r="1"/></pattern>'
    f'{_LEVELS}</defs><rect width="2000" height="2000" fill="url(#p11)"/></svg>'
)
