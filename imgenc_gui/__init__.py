"""imgenc: pictures to perceptual hashes and CNN embeddings."""

__version__ = "0.1.0"
