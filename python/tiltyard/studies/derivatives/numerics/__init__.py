"""Numerical building blocks shared by several estimators; one idea per module."""
