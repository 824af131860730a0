"""Rational approximation."""
