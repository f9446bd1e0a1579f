"""Pictures read for showing them: thumbnails and previews."""
