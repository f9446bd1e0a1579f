"""Which pictures are alike: how strictly to compare, what is similar to a picture, and which threshold to take."""
