"""Files of sequences to files of vectors: batches, workers, what is finished."""
