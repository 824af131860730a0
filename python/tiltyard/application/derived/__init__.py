"""What people publish of derivatives: places and heights, lag times, relative rates."""
