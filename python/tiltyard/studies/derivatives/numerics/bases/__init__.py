"""Bases of functions: orthogonal polynomials, penalised and nested bases."""
