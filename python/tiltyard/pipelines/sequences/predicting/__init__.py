"""All steps of a prediction: contigs to files of frames, vectors, scores and tables."""
