"""Which encodings are alike: exact distances, neighbours, all pairs and groups, for hashes and for vectors.

Says nothing of files: pictures are numbers from 0 to n - 1, and how good one is (its rank) is told by the caller.

* ``measures``: what is compared, and how near is alike: ``Hamming(hashes, within)``, ``Cosine(vectors, similarity)``.
* ``pairs``: ``pairs(measure)`` and ``neighbours(query, measure)``.
* ``groups``: ``groups(measures, ranks)``; ``best_first`` makes ranks, ``byte_copies`` knows files of equal content.

There are two ways to each answer, and it is the same to the bit: numpy, tile by tile, and compiled kernels over
indexes of the hashes. Small work, and all work where no kernels can be had, goes by numpy.
"""
