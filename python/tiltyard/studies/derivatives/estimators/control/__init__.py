"""Controls: estimators that anchor the scale."""
