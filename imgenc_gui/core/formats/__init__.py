"""Reading pictures: one reader per family of formats, risky ones in a guarded child."""
