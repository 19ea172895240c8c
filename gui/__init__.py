"""Desktop client."""
