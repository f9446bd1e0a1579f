"""Reading, encoding and exporting pictures. Imports no Qt."""
