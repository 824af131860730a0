"""State-space estimators: Kalman filters and smoothers."""
