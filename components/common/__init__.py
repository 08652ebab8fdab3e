"""Small things that every room may use; they use nothing of ours."""
