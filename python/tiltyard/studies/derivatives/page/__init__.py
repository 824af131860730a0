"""Panels of the page that only the derivative study has."""
