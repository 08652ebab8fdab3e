"""What we add to Pulumi's SDK; nothing in here knows a mesh."""
