"""The report: how a mesh is, as plain data, and that data as a page, as Markdown and as text."""
