"""Variants: files of them, and their normalised form."""

from tiltyard.pipelines.alleles.variants.reading import read_variants, variant_of
from tiltyard.pipelines.alleles.variants.variant import Variant, Variants

__all__ = ["Variant", "Variants", "read_variants", "variant_of"]
