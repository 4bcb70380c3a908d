"""Nothing forgotten: what no webhook told is read from the forges."""
