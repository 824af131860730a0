"""What is done to reads: filters, augmentations and encoders, each with its checked parameters."""
