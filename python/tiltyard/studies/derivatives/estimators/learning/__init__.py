"""Estimators from machine learning."""
