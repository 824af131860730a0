"""Advice from a study to a person with data, and how often such advice is right."""
