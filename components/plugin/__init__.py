"""The same components for programs in other languages."""
