"""The four hashes and the resampling that they rest on."""
