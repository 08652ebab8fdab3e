"""Our additions to Pulumi's SDK; nothing here knows about a mesh."""
