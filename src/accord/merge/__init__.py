"""What the other side changed, and what that means here: pure functions over values."""
